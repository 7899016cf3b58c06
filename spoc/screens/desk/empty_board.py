"""The text of an empty board."""

from textual.content import Content

from spoc.model.rules.access import may


def nothing_yet(role: str) -> Content:
    """What a person with this role can do from an empty board."""
    if may(role, "contact.log"):
        return Content.assemble(
            "Nothing is logged yet.\n\nWhen the phone rings, press ",
            ("n", "bold"),
            ". The clock starts, and every key is kept.\n",
            "Enter goes from field to field; ",
            ("F2", "bold"),
            " closes the contact.",
        )
    if may(role, "contact.list"):
        return Content(
            "Nothing is logged yet.\n\nContacts appear here once an advisor has logged them. "
            "Your role sees times and codes, but no names."
        )
    return Content.assemble(
        "Your role looks after the installation and sees no contacts.\n\n",
        ("u", "bold"),
        " shows the users; ",
        ("Ctrl+P", "bold"),
        " has the other commands by name.",
    )
