import torch
from transformers import T5ForConditionalGeneration


def test_it_loads_as_an_ordinary_folder(tiny_seq2seq, capfd):
    loaded = tiny_seq2seq.load({"dtype": "float32"})
    assert type(loaded.model) is T5ForConditionalGeneration
    assert loaded.architecture == tiny_seq2seq.architecture == "seq2seq"
    assert tiny_seq2seq.context() is None
    assert loaded.model.config.decoder_start_token_id == 0
    assert loaded.model.config.dropout_rate == 0.0
    assert capfd.readouterr() == ("", "")
    ids, labels = torch.tensor([[4, 5]]), torch.tensor([[6, 2, -100]])
    stock = T5ForConditionalGeneration.from_pretrained(loaded.source)
    assert torch.equal(stock(input_ids=ids, labels=labels).logits, loaded.model(input_ids=ids, labels=labels).logits)


def test_the_tokenizer_alone_is_the_same(tiny_seq2seq):
    assert tiny_seq2seq.tokenizer()("hi")["input_ids"] == [107, 108]
