"""E-mail and IP addresses, and what only looks like them."""

import pytest

from doppel.privacy.addresses import find_emails, find_machines
from tests.privacy.finding import pieces


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("write to ann.lee+x@some-mail.org, please", ["ann.lee+x@some-mail.org"]),
        ("ПОЧТА: Ann@Some.RU.", ["Ann@Some.RU"]),
        ("mailto:a@b.de,c@d.fr", ["a@b.de", "c@d.fr"]),
        ("почта иван@пример.рф!", ["иван@пример.рф"]),
        ("icon@2x.com is an address", ["icon@2x.com"]),
        ("me@163.com", ["me@163.com"]),
        ("ann.lee (at) some-mail (dot) org, please", ["ann.lee (at) some-mail (dot) org"]),
        ("Ann [AT] some.mail[DOT]org", ["Ann [AT] some.mail[DOT]org"]),
        ("ann(at)some.org", ["ann(at)some.org"]),
        ("ann at gmail dot com", ["ann at gmail dot com"]),
        ("аня собака мейл точка ру или аня(собака)some.org", ["аня собака мейл точка ру", "аня(собака)some.org"]),
        ("look at the dot in the corner, the bar (at) noon. Then home, a (at) b.c, моя собака точка", []),
        ("report.final.v2.pdf foo@2x.png icon@2x.zip tool@next.sh read@v2.md", []),
        ("pkg@1.2.3 @angular/core@12.0.1 react@^18.2 left-pad@latest", []),
        ("@app.route('/') @property @Override class A", []),
        ("git@some.org:team/repo.git, ssh://git@some.org/team/repo", []),
        ("ann@some.org:S3cretPass9 ann@gmail.com:зима", ["ann@some.org", "ann@gmail.com"]),
        ("deploy@some.org:app2/file1 ann@some.org:notes1.txt hg@some.org:Team12", []),
        ("@ann ann@ann @user@mastodon.social root@localhost root@db.local", []),
        ("someone@example.com, b@mail.example.org, c@d.invalid", []),
        ("5@6 and 3.50@4.20", []),
        ("@" * 50, []),
    ],
)
def test_emails(text: str, found: list[str]):
    assert pieces(text, find_emails(text)) == found


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("ping 93.184.216.34, then ssh root@81.2.69.142", ["93.184.216.34", "81.2.69.142"]),
        ("http://93.184.216.34:8080/x", ["93.184.216.34"]),
        ("my ip 5.6.7.8", ["5.6.7.8"]),
        ("2a02:6b8:0:1::feed:ff", ["2a02:6b8:0:1::feed:ff"]),
        ("192.168.0.1 10.0.0.1 127.0.0.1 0.0.0.0 255.255.255.0 169.254.1.1", []),
        ("server 93.184.216.34 down", ["93.184.216.34"]),
        ("server 8.8.8.8 down", []),  # a name server of everybody
        ("8.8.8.8 1.1.1.1 2001:4860:4860::8888", []),
        ("5.6.7.8 is out", []),
        ("версия 95.31.24.52, v95.31.24.52, version: 95.31.24.52, Chrome/106.0.5.99 pkg==95.31.24.52", []),
        ("1.2.3.4.5 and 300.1.1.400 and 1.2.3", []),
        ("std::vector a::b 12:30:45 00:1a:2b:3c:4d:5e", []),
    ],
)
def test_machines(text: str, found: list[str]):
    assert pieces(text, find_machines(text)) == found
