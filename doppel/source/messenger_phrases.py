"""What Meta itself writes into the words of a message, in English archives.

Archives in other languages have such sentences too. They are not known here, and stay words.
"""

from __future__ import annotations

# Whole messages.
NOTICES = frozenset((
    "Liked a message", "You missed a call", "You missed a video call", "You missed a voice call", "Video chat ended",
    "The video chat ended.", "Audio call ended", "Started a video chat", "Started an audio call", "You are now "
    "connected on Messenger.", "You can now message and call each other and see info like Active Status and when "
    "you've read messages.",
))  # fmt: skip
# What follows the sender's name, or "You", and is the whole message, or all of its beginning.
WHOLE = (
    " liked a message", " missed your call.", " missed your video call.", " missed your video chat.", " called you.",
    " left the group.", " created the group.", " started a video chat.", " started a call.", " started an audio call.",
    " joined the video chat.", " joined the call.", " changed the group photo.", " unsent a message",
)  # fmt: skip
BEGINNINGS = (
    " named the group ", " added ", " removed ", " set the nickname for ", " set your nickname to ",
    " set their own nickname to ", " set his own nickname to ", " set her own nickname to ", " missed a call from ",
    " missed a video call from ", " changed the chat theme to ", " changed the theme to ", " set the emoji to ",
    " set the quick reaction to ",
)  # fmt: skip
ADDING = (" added ", " removed ")  # are notices only about the group
ABOUT_GROUP = ("to the group.", "from the group.")
ATTACHMENTS = (
    " sent an attachment.", " sent a photo.", " sent a video.", " sent a voice message.", " sent a sticker.",
    " sent a GIF.", " sent a link.", " sent a live location.",
)  # fmt: skip
MAX_REACTION_CHARS = 8  # an emoji with its joiners


def is_notice(text: str, sender: str) -> bool:
    """Whether the whole message says what happened (a call, a like, a change of the group), not what someone wrote."""
    if text.startswith("Reacted ") and text.endswith(" to your message"):
        return len(text) <= len("Reacted  to your message") + MAX_REACTION_CHARS
    if text in NOTICES:
        return True
    rest = _after_name(text, sender)
    if rest is None or not rest.startswith(BEGINNINGS):
        return rest in WHOLE
    return not rest.startswith(ADDING) or rest.endswith(ABOUT_GROUP)


def is_attachment(text: str, sender: str) -> bool:
    """Whether the whole message says no more than that something was sent."""
    return _after_name(text, sender) in ATTACHMENTS


def _after_name(text: str, sender: str) -> str | None:
    if text.startswith(sender):
        return text[len(sender) :]
    return text[len("You") :] if text.startswith("You ") else None
