"""Statistical process control: what of a series is a signal and what is noise.

XmR charts as the NHS reference in R computes them (``analyse``), and charts of rare events by the time or
the number between them (``between``, ``g_chart``, ``t_chart``).
"""

from spoc.model.spc.rare import Rare, between, g_chart, t_chart
from spoc.model.spc.xmr import PRESETS, Analysis, analyse

__all__ = ["PRESETS", "Analysis", "Rare", "analyse", "between", "g_chart", "t_chart"]
