"""Passwords and keys where programs put them; made up here, in pieces, so that no scanner takes them for a leak."""

import pytest

from doppel.privacy.credentials import find_credentials
from tests.privacy.finding import pieces

HEX = "7149d439" + "536b3216fdaeeb975729fae9"
KEY = "u8jzPde0IgxLd6Gnc" + "fBAepfJBd0Kh8oOOL8dKLzd"
UUID = "8f3b2c1d-9e7a-6f5b-" + "4c3d-2e1f0a9b8c7d"


@pytest.mark.parametrize(
    ("text", "found"),
    [
        (f"Authorization: Bearer {KEY}", [KEY]),
        (f"curl -H 'Authorization: Bearer {KEY}' https://api.some.org", [KEY]),
        (f'"authorization": "Token {KEY}"', [KEY]),
        ("Authorization: Basic dXNlcjpwYXNzd29yZA==", ["dXNlcjpwYXNzd29yZA=="]),
        (f"bearer {HEX}, вот", [HEX]),
        ("Authorization: Bearer $TOKEN, Authorization: Bearer <your token>, Authorization: Bearer {{token}}", []),
        ("the bearer of bad news, a bearer token, bearer authentication2", []),
        (f"Cookie: sessionid={HEX}; lang=en; theme=dark", [HEX]),
        (f"PHPSESSID={HEX}", [HEX]),
        ("cookies are on, session=2, Cookie: lang=en; seen=2024-01-01", []),
        ("redis://:S3cretPass9@host:6379", ["S3cretPass9"]),
        ("mongodb+srv://ann:p@ss@host.net/db?x=1", ["p@ss"]),
        ("postgres://ann:hunter2@db.some.org/x", ["hunter2"]),
        (f"vless://{UUID}@host:443?x=1 trojan://{KEY}@host:443", [UUID, KEY]),
        (f"vmess://{KEY}==", [f"{KEY}=="]),
        ("http://ann:${PASS}@host http://ann:<password>@host http://ann:***@host", []),
        ("https://some.org:8080/@ann ssh://git@some.org/x https://medium.com/@averylongusername2024/x", []),
        ("curl -u admin:S3cretPass9 https://some.org", ["S3cretPass9"]),
        ("curl -s --user 'admin:собака' https://some.org", ["собака"]),
        ("curl -u admin https://some.org:80 | sort -u a:b", []),
        ("docker login -u admin -p S3cretPass9", ["S3cretPass9"]),
        ("docker run -p 8080:80 x; docker ps; ssh -p 2222 host; mkdir -p a/b", []),
        ("mysql -uroot -pS3cretPass9 db", ["S3cretPass9"]),
        ("mysql -uroot -p db, mysql -P 3306, mysqldump -p$PASS", []),
        ("sshpass -p собака ssh host; redis-cli -h host -a S3cret", ["собака", "S3cret"]),
        ("sshpass -p $PASS ssh host; sshpass -f file ssh -p 22", []),
        ("<password>S3cretPass9</password>", ["S3cretPass9"]),
        ("<db.password id='1'> собака </db.password><apiToken>abcd</apiToken>", ["собака", "abcd"]),
        ("<password></password><password>${pass}</password><passage>long</passage><p>pass</p>", []),
        ("john@gmail.com:S3cretPass9", ["S3cretPass9"]),
        ("john@gmail.com:hunter, john@some.org;pass123", ["hunter", "pass123"]),
        ("john@some.org S3cretPass9\nпочта: ann@some.ru | pass123\nконец", ["S3cretPass9", "pass123"]),
        ("john@some.org or ann@some.ru:8080, ann@some.org:file1.txt, john@some.org:dir/file1", []),
        ("git@some.org:Team12, пиши на ann@some.org 2024\nann@some.org завтра, ann@some.org v2.10", []),
        ("npm i pkg@next.sh foo@1.2.3", []),
    ],
)
def test_credentials(text: str, found: list[str]):
    assert pieces(text, find_credentials(text)) == found
