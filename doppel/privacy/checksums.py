"""Check digits: what tells a real number from one of the same length."""

from __future__ import annotations

from hashlib import sha256

BASE58 = "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz"
WIF_VERSION, WIF_LENGTHS = 0x80, (33, 34)  # with the mark of compressed keys one byte longer
INN_10 = (2, 4, 10, 3, 5, 9, 4, 6, 8)
INN_11 = (7, *INN_10)
INN_12 = (3, *INN_11)


def is_luhn(digits: str) -> bool:
    """Whether the last digit is the check digit of ISO/IEC 7812: bank cards."""
    doubled = [int(digit) * 2 for digit in digits[-2::-2]]
    return (
        sum(int(digit) for digit in digits[-1::-2]) + sum(number // 10 + number % 10 for number in doubled)
    ) % 10 == 0


def is_iban(letters: str) -> bool:
    """Whether the check digits of ISO 13616 are right; capital letters and digits, without spaces."""
    turned = letters[4:] + letters[:4]
    return turned.isascii() and int("".join(str(int(letter, 36)) for letter in turned)) % 97 == 1


def is_inn(digits: str) -> bool:
    """Whether the one or two check digits of a Russian taxpayer number are right; 10 or 12 digits."""
    if len(digits) == 10:
        return _inn_digit(digits, INN_10) == digits[9]
    return len(digits) == 12 and _inn_digit(digits, INN_11) + _inn_digit(digits, INN_12) == digits[10:]


def _inn_digit(digits: str, weights: tuple[int, ...]) -> str:
    return str(sum(weight * int(digit) for weight, digit in zip(weights, digits, strict=False)) % 11 % 10)


def is_snils(digits: str) -> bool:
    """Whether the two check digits of a Russian insurance number are right; 11 digits."""
    if len(digits) != 11:
        return False
    total = sum(weight * int(digit) for weight, digit in zip(range(9, 0, -1), digits, strict=False))
    return total % 101 % 100 == int(digits[9:])


def is_wif(word: str) -> bool:
    """Whether it is the private key of a Bitcoin wallet in the import format, by its checksum; base58 characters."""
    number = 0
    for letter in word:
        number = number * 58 + BASE58.index(letter)
    whole = number.to_bytes((number.bit_length() + 7) // 8, "big")
    key, check = whole[:-4], whole[-4:]
    if len(key) not in WIF_LENGTHS or key[0] != WIF_VERSION:
        return False
    return sha256(sha256(key).digest()).digest()[:4] == check
