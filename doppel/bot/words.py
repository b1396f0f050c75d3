"""What the program itself says in a chat; the disclosure is a setting."""

from __future__ import annotations

COMMANDS = {
    "start": "who speaks here",
    "clear": "forget this conversation",
    "forget": "erase everything that is kept of you",
    "persona": "who answers: /persona NAME",
    "help": "what I can do",
}
START = """\
{disclosure}
What is said here is kept on my owner's machine until /clear or /forget.{drafts} /help lists what I can do."""
DRAFTS = " My owner reads each of my replies before it is sent."
GROUP_HELP = "In a group I answer who mentions me or answers me."
OWNER_HELP = """\
/note ID TEXT notes something about somebody; /note ID shows the notes, /note ID -1 removes the first. They stand beside
drafts, and with memory=facts or lexical in the prompt of private chats.
A draft is edited by answering it with other words: every line is a message."""
REFUSED = "I talk with people whom my owner has let in. Your id is {id}: they would have to type bot.allowed=[{id}]."
OWNERLESS = "I have no owner yet. Your id is {id}: if I am yours, end me and start me again with bot.owner={id}."
TOO_LONG = "Your message has {length} characters; I read at most {most}."
TOO_MUCH = "You write faster than I may read: what you write now is lost. Try again in a minute."
ONLY_WORDS = "I read words alone."
CLEARED = "This conversation is forgotten."
FORGOTTEN = (
    "Everything that was kept of you is erased: {messages} messages, {replies} replies to you, {notes} notes and "
    "{opinions} opinions. What a model has learnt from you before is not: ask my owner."
)
SPEAKS = "{name} answers. Others: {others}"
NOW_SPEAKS = "From now on {name} answers."
FAILED = "I cannot answer that now: my model has failed. Write again to try once more."
DRAFT = "Draft for {name} ({account}){notes}\n\n{said}\n\n{reply}"
APPROVED, EDITED, REFUSED_DRAFT = "[sent]", "[sent as edited]", "[not sent]"
APPROVE, REFUSE = "Send", "Do not send"
GONE = "That is decided already, or forgotten."
NOBODY = "I know nobody with the id {id}. Known are: {known}"
NOTED, UNNOTED = "Noted.", "Not noted any more."
NO_NOTE = "There is no note {number}: {many} are kept."
