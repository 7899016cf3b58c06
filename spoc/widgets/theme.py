"""The two themes and high contrast: accents from the NHS palette, text contrast at least 4.5 to 1.

Blue means action and focus, warm yellow a question or something due, red only STOP or overdue, aqua green
done. Each colour comes with a word or a sign.
"""

from textual.theme import Theme

DARK = Theme(
    name="spoc-dark",
    dark=True,
    primary="#41B6E6",
    secondary="#0072CE",
    accent="#41B6E6",
    foreground="#E8EDEE",
    background="#0B1621",
    surface="#0B1621",
    panel="#12263A",
    boost="#12263A",
    success="#3FC1B5",
    warning="#FFB81C",
    error="#DA291C",
    variables={
        "bar": "#003087",
        "bar-text": "#FFFFFF",
        "stop-text": "#FFFFFF",
        "error-words": "#FF8A7A",
        "dim": "#9AA9B5",
        "field": "#12263A",
        "focus": "#0072CE",
        "focus-text": "#FFFFFF",
        "writing": "#0A2A4D",
        "rule": "#2A4258",
    },
)

LIGHT = Theme(
    name="spoc-light",
    dark=False,
    primary="#005EB8",
    secondary="#0072CE",
    accent="#005EB8",
    foreground="#17212B",
    background="#FBFCFD",
    surface="#FBFCFD",
    panel="#E8EDEE",
    boost="#E8EDEE",
    success="#00665E",
    warning="#7A5200",
    error="#B3180D",
    variables={
        "bar": "#003087",
        "bar-text": "#FFFFFF",
        "stop-text": "#FFFFFF",
        "error-words": "#B3180D",
        "dim": "#53616D",
        "field": "#E8EDEE",
        "focus": "#005EB8",
        "focus-text": "#FFFFFF",
        "writing": "#E3F1FC",
        "rule": "#AEBBC4",
    },
)

CONTRAST = Theme(
    name="spoc-contrast",
    dark=True,
    primary="#FFFFFF",
    secondary="#FFFFFF",
    accent="#FFFFFF",
    foreground="#FFFFFF",
    background="#000000",
    surface="#000000",
    panel="#000000",
    boost="#000000",
    success="#FFFFFF",
    warning="#FFFF00",
    error="#FF6B5E",
    variables={
        "bar": "#FFFFFF",
        "bar-text": "#000000",
        "stop-text": "#000000",
        "error-words": "#FF6B5E",
        "dim": "#FFFFFF",
        "field": "#5E5E5E",
        "focus": "#FFFF00",
        "focus-text": "#000000",
        "writing": "#000000",
        "rule": "#FFFFFF",
    },
)

THEMES = (DARK, LIGHT, CONTRAST)
