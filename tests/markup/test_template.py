import pytest

from doppel.errors import ModelError
from doppel.markup.encoder import Encoder
from doppel.markup.template import Template
from doppel.model.byte_tokenizer import byte_tokenizer
from doppel.types import Funnel
from tests.markup.real_tokenizers import yandex_tokenizer

LLAMA_2 = (
    "{% for m in messages %}{% if (m['role'] == 'user') != (loop.index0 % 2 == 0) %}"
    "{{ raise_exception('roles must alternate') }}{% endif %}"
    "{% if m['role'] == 'user' %}<s>[INST] {{ m['content'] | trim }} [/INST]"
    "{% else %} {{ m['content'] | trim }} </s>{% endif %}{% endfor %}"
)
DEFAULT_SYSTEM = (
    "{% if messages[0]['role'] != 'system' %}<|im_start|>system\nBe good.<|im_end|>\n{% endif %}"
    "{% for m in messages %}<|im_start|>{{ m['role'] }}\n{{ m['content'] }}<|im_end|>\n{% endfor %}"
    "{% if add_generation_prompt %}<|im_start|>assistant\n{% endif %}"
)


def with_template(template):
    tokenizer = byte_tokenizer()
    tokenizer.chat_template = template
    return tokenizer


def rendered(markup, turns):
    shown = markup.prepare(turns)
    parts = [markup.opening(shown), *((*markup.header(turn), *markup.body(turn)) for turn in shown)]
    return "".join(segment.text for part in parts for segment in part)


@pytest.mark.parametrize("template", [byte_tokenizer().chat_template, DEFAULT_SYSTEM, LLAMA_2])
def test_the_text_is_what_the_template_itself_renders(say, template):
    tokenizer = with_template(template)
    turns = (
        say("Bob", "hi"),
        say("Anna", "yo", "you", persona=True),
        say("Bob", "bye"),
        say("Anna", "ok", persona=True),
    )
    messages = [
        {"role": "assistant" if turn.is_persona else "user", "content": "\n".join(turn.messages)} for turn in turns
    ]
    markup = Template(tokenizer, system=None)
    assert rendered(markup, turns) == tokenizer.apply_chat_template(messages, tokenize=False)


def test_words_and_end_marker_of_a_reply_are_learnt(say):
    markup = Template(with_template(LLAMA_2), system=None)
    reply = say("Anna", "yo", persona=True)
    assert markup.header(reply) == ()
    assert [(segment.text, segment.is_learnt, segment.is_frame) for segment in markup.body(reply)] == [
        (" yo ", True, False),
        ("</s>", True, True),
    ]
    assert markup.end_strings() == ("</s>", "[/INST]")


def test_generation_stops_at_the_token_that_begins_a_turn():
    assert Template(with_template(DEFAULT_SYSTEM), system=None).end_strings() == ("<|im_end|>", "<|im_start|>")


def test_the_newline_after_the_end_marker_is_not_learnt(say):
    markup = Template(with_template(DEFAULT_SYSTEM), system=None)
    body = markup.body(say("Anna", "yo", persona=True))
    assert [(segment.text, segment.is_learnt) for segment in body] == [
        ("yo", True),
        ("<|im_end|>", True),
        ("\n", False),
    ]


def test_the_opening_is_the_templates_own_or_the_system_text(say):
    turns = (say("Bob", "hi"),)
    own = Template(with_template(DEFAULT_SYSTEM), system=None)
    assert rendered(own, turns).startswith("<|im_start|>system\nBe good.<|im_end|>\n<|im_start|>user\nhi")
    told = Template(with_template(DEFAULT_SYSTEM), system="Be Anna.")
    assert rendered(told, turns).startswith("<|im_start|>system\nBe Anna.<|im_end|>\n<|im_start|>user\nhi")


def test_an_empty_user_turn_opens_where_the_template_wants_one(say):
    first = (say("Anna", "yo", persona=True),)
    assert rendered(Template(with_template(LLAMA_2), system=None), first) == "<s>[INST]  [/INST] yo </s>"
    assert rendered(Template(byte_tokenizer(), system=None), first) == "<|im_start|>assistant\nyo<|im_end|>\n"


def test_neighbours_of_equal_role_stay_turns_and_get_names(say):
    turns = (say("Bob", "hi"), say("Cid", "hey"), say("Anna", "yo", persona=True))
    markup = Template(with_template(LLAMA_2), system=None)
    assert rendered(markup, turns) == "<s>[INST] hi [/INST]<s>[INST] Cid: hey [/INST] yo </s>"


def test_an_aside_stands_before_the_words_with_the_blanks_of_the_template(say):
    turns = (
        say("Bob", "hi", aside="21:40"),
        say("Anna", "yo", persona=True, aside="at night"),
        say("Cid", "hey", aside="answers: yo"),
    )
    markup = Template(with_template(LLAMA_2), system=None)
    shown = markup.prepare(turns)
    assert rendered(markup, turns) == (
        "<s>[INST] [21:40]\nhi [/INST] [at night]\nyo </s><s>[INST] Cid: [answers: yo]\nhey [/INST]"
    )
    assert [segment.text for segment in markup.header(shown[1])] == [" [at night]\n"]
    assert [segment.text for segment in markup.header(shown[2])] == ["<s>[INST]", " Cid: ", "[answers: yo]\n"]
    pieces = [(segment.text, segment.is_learnt) for segment in markup.body(shown[1])]
    assert pieces == [("yo ", True), ("</s>", True)]
    assert markup.parse("yo </s>") == ("yo",)


def test_an_aside_in_a_template_without_blanks(say):
    markup = Template(byte_tokenizer(), system=None)
    turns = (say("Anna", "yo", persona=True, aside="21:40"),)
    assert rendered(markup, turns) == "<|im_start|>assistant\n[21:40]\nyo<|im_end|>\n"


@pytest.mark.parametrize("template", [byte_tokenizer().chat_template, LLAMA_2])
def test_a_body_parses_back_whatever_is_in_it(say, nasty, template):
    markup = Template(with_template(template), system=None)
    for messages in (nasty, *((message,) for message in nasty)):
        body = "".join(segment.text for segment in markup.body(say("Anna", *messages, persona=True)))
        assert markup.parse(body) == messages


@pytest.mark.parametrize(
    ("template", "system", "reason"),
    [
        (None, None, "does not exist"),
        (LLAMA_2, "Be Anna.", r"refuses user: roles must alternate \(markup.system=null"),
        ("{{ messages | length }}{% for m in messages %}{{ m['content'] }}<end>{% endfor %}", None, "rewrites earlier"),
        ("{% for m in messages %}<{{ loop.index }}>{{ m['content'] }}<end>{% endfor %}", None, "by its place"),
        ("{% for m in messages %}{{ m['content'] | upper }}<end>{% endfor %}", None, "does not give the words back"),
        ("{% for m in messages %}{{ m['role'] }}: {{ m['content'] }}\n{% endfor %}", None, "ends a reply with nothing"),
        (
            "{% for m in messages %}<u>{{ m['content'] }}<end>{% endfor %}{% if add_generation_prompt %}<a>{% endif %}",
            None,
            "asks for a reply with '<a>' but writes one behind '<u>'",
        ),
    ],
)
def test_a_template_that_cannot_be_used_is_refused(template, system, reason):
    with pytest.raises(ModelError, match=rf"chat template .*{reason}.* Take markup=bursts"):
        Template(with_template(template), system=system)


def test_yandexs_template_asks_apart_from_how_it_writes(say, sampled):
    tokenizer = yandex_tokenizer()
    turns = (
        say("Bob", "hi"),
        say("Anna", "yo", "you", persona=True),
        say("Bob", "bye"),
        say("Anna", "ok", persona=True),
    )
    encoder = Encoder(Template(tokenizer, system=None), tokenizer, architecture="causal", max_tokens=500)
    encoded = encoder.encode(sampled(*turns))
    messages = [
        {"role": "assistant" if turn.is_persona else "user", "content": "\n".join(turn.messages)} for turn in turns
    ]
    for tokens, at in zip(encoded, (1, 3), strict=True):
        asked = tokenizer.apply_chat_template(messages[:at], tokenize=False, add_generation_prompt=True)
        prompt = tokens.ids[: tokens.is_learnt.index(True)]
        assert tokenizer.decode(prompt) == asked
        assert tokenizer.decode(tokens.ids[len(prompt) :]) == messages[at]["content"] + "<|im_end|>"
        assert all(tokens.is_learnt[len(prompt) :])
        assert encoder.prompt(turns[:at], turns[at]) == prompt
    assert encoded[0].ids.count(tokenizer.convert_tokens_to_ids("[SEP]")) == 1
    labels = ["\n Пользователь:", "\nПользователь:", "\n Ассистент:", "\nАссистент:"]
    assert encoder.end_strings() == ("<|im_end|>", *labels)
    assert encoder.parse("yo\nyou<|im_end|>") == ("yo", "you")


def test_a_template_that_asks_apart_needs_an_end_token():
    tokenizer = yandex_tokenizer()
    tokenizer.eos_token = None
    with pytest.raises(ModelError, match="ends a reply with nothing"):
        Template(tokenizer, system=None)


def test_apart_from_history_a_reply_and_its_prompt_share_the_budget(say, sampled):
    tokenizer = yandex_tokenizer()
    turns = [say(name, "abcdefgh", persona=name == "Anna") for name in ["Bob", "Anna"] * 4]
    encoder = Encoder(Template(tokenizer, system=None), tokenizer, architecture="causal", max_tokens=100)
    funnel = Funnel()
    encoded = encoder.encode_all([sampled(*turns, say("Bob", "x"), say("Anna", "z" * 99, persona=True))], funnel)
    assert [len(tokens.ids) <= 100 for tokens in encoded] == [True] * 4
    assert funnel.counts[0].dropped == 1
    assert "1 samples became 4 replies" in funnel.notes
