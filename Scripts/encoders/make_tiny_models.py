"""Makes the tiny models with random weights in Tests/EmbeddingTests/Fixtures/tiny, and what the real libraries say of them.

    venv/bin/python Scripts/encoders/make_tiny_models.py

They cover what the two fetched encoders do not: first-token pooling, bfloat16 and half precision, `vocab.txt` without
`tokenizer.json`, RoBERTa's positions, both kinds of cross-encoder, and the cutting of pairs.
"""

import json
import pathlib
import shutil

import torch
from sentence_transformers import CrossEncoder
from tokenizers import Regex, Tokenizer, models, normalizers, pre_tokenizers, processors, trainers
from transformers import (BertConfig, BertForSequenceClassification, BertModel, BertTokenizerFast, XLMRobertaConfig,
                          XLMRobertaForSequenceClassification)

from fixture_texts import long_english, long_korean, texts

ROOT = pathlib.Path(__file__).resolve().parents[2] / "Tests/EmbeddingTests/Fixtures/tiny"
PAIRS = [
    ("What is the pressure?", "The keeper records the pressure valve before sunrise."),
    ("보일러 압력", "보일러 압력이 0.8바 아래로 내려가면 보충 밸브를 천천히 엽니다."),
    ("", ""), ("query", ""), ("", "passage only"),
    ("short", long_english(120)), (long_english(120), "short"), (long_english(90), long_english(100)), (long_english(101), long_korean()),
    ("emoji 🙂 and 漢字", "mixed 한국어 text 🚀"),
]


def wordpieces():
    corpus = long_english(600) + " pressure query passage only mixed text and emoji"
    letters = sorted({c for c in corpus.lower() if not c.isspace()} | set("abcdefghijklmnopqrstuvwxyz0123456789.,?!-'"))
    words = sorted({w.strip(".,").lower() for w in corpus.split() if len(w) > 3})[:90]
    return ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", *letters, *["##" + c for c in letters], *[w for w in words if w not in letters]]


def unigram():
    tokenizer = Tokenizer(models.Unigram())
    tokenizer.normalizer = normalizers.Sequence([normalizers.Replace(Regex(" {2,}"), " ")])
    tokenizer.pre_tokenizer = pre_tokenizers.Sequence([pre_tokenizers.WhitespaceSplit(), pre_tokenizers.Metaspace(replacement="▁", prepend_scheme="always")])
    trainer = trainers.UnigramTrainer(vocab_size=260, special_tokens=["<s>", "<pad>", "</s>", "<unk>", "<mask>"], unk_token="<unk>")
    tokenizer.train_from_iterator([long_english(600), long_korean(), "mixed text query passage pressure"], trainer)
    tokenizer.post_processor = processors.RobertaProcessing(("</s>", 2), ("<s>", 0), trim_offsets=True, add_prefix_space=True)
    return tokenizer


def save(model, folder, dtype):
    folder.mkdir(parents=True)
    model.to(dtype).save_pretrained(folder, safe_serialization=True)


def trim_special(folder):
    for name in ["special_tokens_map.json", "training_args.bin"]:
        (folder / name).unlink(missing_ok=True)


def expected_scores(folder):
    model = CrossEncoder(str(folder), device="cpu", max_length=64, model_kwargs={"dtype": torch.float32})
    rows = []
    for query, passage in PAIRS:
        ids = model.tokenizer([query], [passage], truncation="longest_first", max_length=64)["input_ids"][0]
        rows.append({"query": query, "passage": passage, "ids": ids, "score": float(model.predict([(query, passage)])[0])})
    return rows


def main():
    shutil.rmtree(ROOT, ignore_errors=True)
    torch.manual_seed(3)
    small = dict(hidden_size=32, num_hidden_layers=2, num_attention_heads=4, intermediate_size=64, initializer_range=0.4)
    vocabulary = wordpieces()
    expected = {}

    folder = ROOT / "bert-first-bf16"
    bert = BertModel(BertConfig(vocab_size=len(vocabulary), max_position_embeddings=64, **small))
    save(bert, folder, torch.bfloat16)
    (folder / "vocab.txt").write_text("\n".join(vocabulary) + "\n")
    (folder / "tokenizer_config.json").write_text(json.dumps({"do_lower_case": True, "model_max_length": 64, "tokenizer_class": "BertTokenizer"}))
    (folder / "1_Pooling").mkdir()
    (folder / "1_Pooling/config.json").write_text(json.dumps({"word_embedding_dimension": 32, "pooling_mode_cls_token": True, "pooling_mode_mean_tokens": False}))
    tokenizer = BertTokenizerFast.from_pretrained(folder)
    model = BertModel.from_pretrained(folder, dtype=torch.float32).eval()
    rows = []
    for text in texts()[:40]:
        batch = tokenizer(text, truncation=True, max_length=64, return_tensors="pt")
        with torch.no_grad():
            vector = torch.nn.functional.normalize(model(**batch).last_hidden_state[0, 0], dim=0)
        rows.append({"text": text, "ids": batch["input_ids"][0].tolist(), "vector": vector.tolist()})
    expected["bert-first-bf16"] = rows

    folder = ROOT / "bert-reranker"
    save(BertForSequenceClassification(BertConfig(vocab_size=len(vocabulary), max_position_embeddings=64, num_labels=1, **small)), folder, torch.float32)
    (folder / "vocab.txt").write_text("\n".join(vocabulary) + "\n")
    (folder / "tokenizer_config.json").write_text(json.dumps({"do_lower_case": True, "model_max_length": 64, "tokenizer_class": "BertTokenizer"}))
    expected["bert-reranker"] = expected_scores(folder)

    folder = ROOT / "xlmr-reranker-f16"
    tokenizer = unigram()
    config = XLMRobertaConfig(vocab_size=tokenizer.get_vocab_size(), max_position_embeddings=66, type_vocab_size=1, num_labels=1, pad_token_id=1, **small)
    save(XLMRobertaForSequenceClassification(config), folder, torch.float16)
    tokenizer.save(str(folder / "tokenizer.json"))
    names = {"bos_token": "<s>", "cls_token": "<s>", "eos_token": "</s>", "mask_token": "<mask>", "pad_token": "<pad>", "sep_token": "</s>", "unk_token": "<unk>"}
    (folder / "tokenizer_config.json").write_text(json.dumps({**names, "model_max_length": 64, "tokenizer_class": "PreTrainedTokenizerFast"}))
    expected["xlmr-reranker-f16"] = expected_scores(folder)

    for folder in ROOT.iterdir():
        trim_special(folder)
    (ROOT / "expected.json").write_text(json.dumps(expected, indent=None, separators=(",", ":")) + "\n")


if __name__ == "__main__":
    main()
