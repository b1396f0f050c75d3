"""Tiny models that know one dialogue by heart, with byte-level tokenizers made on the spot."""

from dataclasses import dataclass
from typing import Any

import torch
from tokenizers import Tokenizer, decoders, models, pre_tokenizers
from transformers import LlamaConfig, LlamaForCausalLM, PreTrainedTokenizerFast, T5Config, T5ForConditionalGeneration

from doppel.types import Turn

SPECIAL = ["<pad>", "</s>", "<|im_start|>", "<|im_end|>"]


def make_turn(name: str, *messages: str) -> Turn:
    return Turn(name.lower(), name, messages, is_persona=name == "Ada", is_learnt=name == "Ada")


QUESTIONS = {
    "hey": ("yo", "whats up \U0001f980"),  # four bytes in one character
    "where are you": ("дома",),
    "sure": ("yep", "Chum"),
    "bye": ("ok ok ok", "bye!!", "<3"),
}


def make_tokenizer(**options) -> PreTrainedTokenizerFast:
    """One token per byte: no merges."""
    alphabet = sorted(pre_tokenizers.ByteLevel.alphabet())
    vocabulary = {text: at for at, text in enumerate([*SPECIAL, *alphabet])}
    raw = Tokenizer(models.BPE(vocab=vocabulary, merges=[]))
    raw.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=False)
    raw.decoder = decoders.ByteLevel()
    raw.add_special_tokens(SPECIAL)
    return PreTrainedTokenizerFast(
        tokenizer_object=raw,
        pad_token="<pad>",
        eos_token="</s>",
        extra_special_tokens=["<|im_start|>", "<|im_end|>"],
        **options,
    )


@dataclass
class FakeEncoder:
    """A stand-in for the markup's encoder: names on a line of their own, messages parted by newlines."""

    tokenizer: Any
    architecture: str
    start: str = "<|im_start|>"
    end: str = "<|im_end|>"
    ends: tuple[str, ...] | None = None
    max_tokens: int = 200
    reserved_tokens: int = 0

    def ids(self, text):
        return tuple(self.tokenizer.encode(text, add_special_tokens=False))

    def prompt(self, turns, speaker, *, reserved_tokens=0):
        self.reserved_tokens = reserved_tokens
        said = "".join(f"{self.start}{turn.speaker_name}\n{chr(10).join(turn.messages)}{self.end}" for turn in turns)
        return self.ids(f"{said}{self.start}{speaker.speaker_name}\n")

    def body(self, messages):
        words = self.ids("\n".join(messages))
        return words + (self.ids(self.end) if self.architecture == "causal" else (self.tokenizer.eos_token_id,))

    def parse(self, text):
        return tuple(line.strip() for line in text.split("\n") if line.strip())

    def end_strings(self):
        return (self.end,) if self.ends is None else self.ends


def make_causal(tokenizer) -> LlamaForCausalLM:
    torch.manual_seed(0)
    config = LlamaConfig(
        vocab_size=len(tokenizer),
        hidden_size=32,
        intermediate_size=64,
        num_hidden_layers=2,
        num_attention_heads=2,
        num_key_value_heads=2,
        max_position_embeddings=256,
        bos_token_id=2,
        eos_token_id=1,
        pad_token_id=0,
    )
    return LlamaForCausalLM(config)


def make_seq2seq(tokenizer) -> T5ForConditionalGeneration:
    torch.manual_seed(0)
    config = T5Config(
        vocab_size=len(tokenizer),
        d_model=32,
        d_kv=16,
        d_ff=64,
        num_layers=2,
        num_heads=2,
        dropout_rate=0.0,
        pad_token_id=0,
        eos_token_id=1,
        decoder_start_token_id=0,
    )
    return T5ForConditionalGeneration(config)


def memorise(model, encoder, most_steps: int = 600) -> None:
    """Trains until the answers are known by heart: processors that round in other ways take more steps or fewer."""
    optimizer = torch.optim.AdamW(model.parameters(), lr=1e-2)
    for _ in range(most_steps):
        losses = []
        for question, answer in QUESTIONS.items():
            prompt = encoder.prompt((make_turn("Bob", question),), make_turn("Ada"))
            body = encoder.body(answer)
            if encoder.architecture == "causal":
                inputs, labels = prompt + body, (-100,) * len(prompt) + body
            else:
                inputs, labels = prompt, body
            losses.append(model(input_ids=torch.tensor([inputs]), labels=torch.tensor([labels])).loss)
        loss = torch.stack(losses).mean()
        if loss < 0.005:
            break
        optimizer.zero_grad()
        loss.backward()
        torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        optimizer.step()
    else:
        raise AssertionError(f"not learnt in {most_steps} steps: a loss of {loss:.4f}")
    model.eval()


@dataclass
class Known:
    """A model that has learnt QUESTIONS, and how to ask it."""

    model: Any
    tokenizer: Any
    encoder: FakeEncoder


def learnt(architecture: str, **markers) -> Known:
    tokenizer = make_tokenizer()
    encoder = FakeEncoder(tokenizer, architecture, **markers)
    model = make_causal(tokenizer) if architecture == "causal" else make_seq2seq(tokenizer)
    memorise(model, encoder)
    return Known(model, tokenizer, encoder)
