"""What is read at the head of a pasted email, and what is never believed."""

from datetime import UTC, datetime
from email.message import EmailMessage

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from spoc.model.forms.email import is_nhs_net, notes_of, read

NOW = datetime(2026, 11, 20, 12, 0, tzinfo=UTC)
SENT = datetime(2026, 11, 20, 9, 14, tzinfo=UTC)

OUTLOOK = """From: Amy Reed (NORTHSHIRE NHS FOUNDATION TRUST) <amy.reed@nhs.net>
Sent: 20 November 2026 09:14
To: Duty desk <duty@nhs.net>; Jo Hill
<jo.hill@nhs.net>
Cc: safeguarding@example.org
Subject: Ty Brook,
 ward 9
Importance: High

Please ring me.
"""
US_OUTLOOK = """
From: REED, Amy (NORTHSHIRE NHS FOUNDATION TRUST) <amy.reed@nhs.net>
Date: Friday, 20 November 2026 at 09:14
To: duty@nhs.net
Subject: Ty Brook, ward 9
Please ring me.
"""
OLD_OUTLOOK = """-----Original Message-----
From: Amy Reed [mailto:amy.reed@nhs.net]
Sent: Friday, November 20, 2026 9:14 AM
To: duty
Subject: Ty Brook, ward 9

Please ring me.
"""
GMAIL = """---------- Forwarded message ---------
From: Amy Reed <amy.reed@nhs.net>
Date: Fri, 20 Nov 2026 at 09:14
Subject: Ty Brook, ward 9
To: <duty@nhs.net>


Please ring me.
"""
APART = """From:

Amy Reed <amy.reed@nhs.net>

Sent:

20/11/2026 09:14

Subject: Ty Brook, ward 9

Please ring me.
"""
MARKED = """> *From:* "Amy Reed" <amy.reed@nhs.net>
> *Subject:* Ty Brook, ward 9
> *Date:* 20 Nov 2026 09:14:30 GMT
> *To:* duty@nhs.net
>
> Please ring me.
"""


@pytest.mark.parametrize("text", [OUTLOOK, US_OUTLOOK, OLD_OUTLOOK, GMAIL, APART, MARKED])
@pytest.mark.parametrize("ends", ["\n", "\r\n", "\r"])
def test_the_head_of_a_copied_message_is_read(text: str, ends: str) -> None:
    email = read(text.replace("\n", ends), NOW)
    assert email.sender_name in ("Amy Reed", "REED, Amy")
    assert (email.address, email.nhs_net) == ("amy.reed@nhs.net", True)
    assert (email.sent, email.doubt) == (SENT, "")
    assert email.subject == "Ty Brook, ward 9"
    assert email.body.strip(" >\n") == "Please ring me."


def test_of_a_chain_the_first_head_counts_and_nothing_is_dropped() -> None:
    text = f"From: Jo Hill <jo@example.org>\nSent: 20 Nov 2026 10:00\nSubject: FW: x\n\nSee below.\n\n{OUTLOOK}"
    email = read(text, NOW)
    assert (email.sender_name, email.nhs_net) == ("Jo Hill", False)
    assert notes_of(email, text) == text
    assert "Please ring me." in email.body and "amy.reed@nhs.net" in email.body


def test_whoever_is_quoted_further_down_did_not_write_it() -> None:
    text = f"Hello, this is Jo.\n\n{OUTLOOK}"
    email = read(text, NOW)
    assert (email.sender_name, email.address, email.sent) == ("", "", None)
    assert email.body == notes_of(email, text) == text


@pytest.mark.parametrize(
    ("written", "sent"),
    [
        ("20/11/2026 09:14", SENT),
        ("20.11.2026 09:14", SENT),
        ("2026-11-20 09:14", SENT),
        ("2026-11-20T09:14:05+00:00", SENT),
        ("Fri, 20 Nov 2026 10:14:00 +0100", SENT),
        ("Fri, 20 Nov 2026 09:14:00 +0000 (GMT)", SENT),
        ("20 November 2026 at 09:14", SENT),
        ("11 October 2026 09:14", datetime(2026, 10, 11, 8, 14, tzinfo=UTC)),
        ("11/10/2026 09:14", datetime(2026, 10, 11, 8, 14, tzinfo=UTC)),
        ("2026-10-11 09:14", datetime(2026, 10, 11, 8, 14, tzinfo=UTC)),
        ("11/20/2026 09:14", None),  # the day comes first; it is never turned
        ("20 Nov 2026", None),  # no time
        ("09:14", None),  # no day
        ("20 Nov 09:14", None),  # no year
        ("20 Nov 2026 09:14 EST", None),  # a zone that is not known here
        ("yesterday", None),
        ("99999999999999999999", None),
        ("20 Nov 2026 09:14 +9999", None),
        ("0000-00-00 00:00", None),
    ],
)
def test_when_it_was_sent_is_read_whole_or_not_at_all(written: str, sent: datetime | None) -> None:
    email = read(f"From: Amy <a@nhs.net>\nSent: {written}\n\nx", NOW)
    assert email.sent == sent
    assert bool(email.doubt) == (sent is None)


def test_an_hour_that_came_twice_is_said() -> None:
    email = read("From: Amy <a@nhs.net>\nSent: 25 Oct 2026 01:30\n\nx", NOW)
    assert email.sent == datetime(2026, 10, 25, 0, 30, tzinfo=UTC)
    assert "that time came twice; taken as the first" in email.doubt


def test_what_is_still_to_come_was_not_received() -> None:
    email = read("From: Amy <a@nhs.net>\nSent: 20 Nov 2026 18:00\n\nx", NOW)
    assert email.sent is None and "still to come" in email.doubt


@pytest.mark.parametrize(
    "address",
    [
        "amy.reed@nhs.net.example", "amy.reed@nhs-net", "amy@nhs.net.", "amy@mail.nhs.net",
        "amy@xnhs.net", "amy@nhs.net@example.org", "amy@nhѕ.net", "amy@nhſ.net", "amy@nhs。net",
        "amy@nhs.net\u200b", "amy@nhs\u200b.net", "amy@nhs.net\n", "amy@nhs.nеt", "@nhs.net", "nhs.net",
        "a\u0430my@nhs.net", "amy reed@nhs.net", "", "amy@nhs.net/x", "amy@NHS.NET.",
    ],
)  # fmt: skip
def test_a_look_alike_is_no_nhs_net(address: str) -> None:
    assert not is_nhs_net(address)


@pytest.mark.parametrize("address", ["amy.reed@nhs.net", "AMY.REED@NHS.NET", "o'brien2@nhs.net"])
def test_the_domain_itself_is(address: str) -> None:
    assert is_nhs_net(address)


@pytest.mark.parametrize(
    "sender",
    [
        '"amy.reed@nhs.net" <mallory@example.org>',
        "amy.reed@nhs.net <mallory@example.org>",
        "Mallory <mallory@example.org> <amy.reed@nhs.net>",
        "Amy Reed (amy.reed@nhs.net) <mallory@example.org>",
        "mallory@example.org on behalf of Amy Reed <amy.reed@nhs.net>",
        "Amy <amy.reed@nhs\u200b.net>",
        "Amy <amy.reed@nhs.net@example.org>",
        "Amy amy.reed@nhs.net.example",
        "amy.reed@nhs.net\u202egro.elpmaxe@",
    ],
)
def test_a_disguised_sender_verifies_nobody(sender: str) -> None:
    email = read(f"From: {sender}\nSent: 20 Nov 2026 09:14\n\nx", NOW)
    assert not email.nhs_net
    assert email.sender_name or email.address


def raw(sender: str = "Amy Reed <amy.reed@nhs.net>") -> EmailMessage:
    message = EmailMessage()
    message["Received"] = "from a.example by b.example; Fri, 20 Nov 2026 09:14:09 +0000"
    message["From"] = sender
    message["To"] = "duty@nhs.net"
    message["Date"] = "Fri, 20 Nov 2026 10:14:00 +0100"
    message["Subject"] = "Zoë’s brother, " + "a long subject that is folded over lines " * 3
    message.set_content("Zoë isn’t well.\n" + "A long line. " * 20 + "\n", cte="quoted-printable")
    message.add_attachment(b"\x00\x01", maintype="image", subtype="png", filename="x.png")
    return message


def test_a_message_as_it_travels_is_decoded_and_kept_whole() -> None:
    text = raw().as_string()
    email = read(text, NOW)
    assert (email.sender_name, email.address, email.nhs_net) == (
        "Amy Reed",
        "amy.reed@nhs.net",
        True,
    )
    assert email.sent == SENT
    assert email.subject.startswith("Zoë’s brother, a long subject")
    assert email.body.startswith("Zoë isn’t well.")
    notes = notes_of(email, text)
    assert "Zoë isn’t well." in notes and notes.endswith(text.replace("\r\n", "\n"))


def test_an_address_in_an_encoded_word_is_a_disguise() -> None:
    head = raw().as_string().replace(
        "From: Amy Reed <amy.reed@nhs.net>", "From: =?utf-8?q?Amy_=3Camy.reed=40nhs.net=3E?="
    )  # fmt: skip
    assert not read(head, NOW).nhs_net
    twice = "From: Mallory <m@example.org>\n" + raw().as_string()
    assert not read(twice, NOW).nhs_net


@pytest.mark.parametrize(
    "text",
    [
        "", "\n\n", "From:", "From: \nSent: \n", "From: Amy", "Subject: only this\n\nx", "a: b\nc: d\n\ne",
        "MIME-Version: 1.0\nFrom: =?x-none?b?!!!?= <\nDate: x\nContent-Type: multipart/mixed\n\n--\n",
        "MIME-Version: 1.0\nFrom: a@b\nContent-Transfer-Encoding: base64\nContent-Type: text/plain; charset=zz\n\n%%%",
        "Received: x\nFrom: a@b\nContent-Type: text/plain; charset=\"\x00\"\n\nx",
        "From: " + "<" * 5000 + "@nhs.net" + ">" * 5000 + "\nTo: x\n\n",
        "From: " + "a@" * 5000 + "\nTo: x\n\n",
        "From: " + "(" * 5000 + "\nDate: " + "1" * 5000 + "\n\n",
        "From: \ud800 <a@nhs.net>\nSent: \udfff\n\n",
    ],
)  # fmt: skip
def test_hostile_text_is_kept_and_raises_nothing(text: str) -> None:
    email = read(text, NOW)
    assert notes_of(email, text).endswith(text)


_LINE = st.one_of(
    st.builds(
        "{}: {}".format,
        st.sampled_from(["From", "Sent", "Date", "To", "Subject", "MIME-Version", "Content-Type", "*From:*"]),
        st.one_of(
            st.text(max_size=40),
            st.sampled_from(["Amy <a@nhs.net>", "20 Nov 2026 09:14", "multipart/mixed; boundary=x", "=?utf-8?b?x?="]),
        ),
    ),
    st.text(max_size=60),
    st.sampled_from(["", "--x", " folded", "-----Original Message-----"]),
)  # fmt: skip


@given(st.one_of(st.text(max_size=400), st.lists(_LINE, max_size=12).map("\n".join)))
@example("MIME-Version: 1.0\nFrom: a@b\nContent-Type: multipart/mixed; boundary=x\n\n--x\n\n--x--")
def test_no_text_raises_and_none_of_it_is_dropped(text: str) -> None:
    email = read(text, NOW)
    assert (
        notes_of(email, text)
        .replace("\r\n", "\n")
        .replace("\r", "\n")
        .endswith(text.replace("\r\n", "\n").replace("\r", "\n"))
    )
    assert email.sent is None or email.sent <= NOW
    assert not email.nhs_net or email.address.casefold().endswith("@nhs.net")


def test_a_very_long_text_is_read_at_once() -> None:
    text = OUTLOOK + "From: x\nSent: y\n" * 60_000 + "a" * 1_000_000
    assert read(text, NOW).sender_name == "Amy Reed"
