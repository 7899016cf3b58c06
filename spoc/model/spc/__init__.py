"""Statistical process control: what in a series is a signal, and what is noise.

XmR charts, computed like the NHS reference in R (``analyse``), and charts of rare events by the time or the
number of cases between them (``between``, ``g_chart``, ``t_chart``).
"""

from spoc.model.spc.rare import Rare, between, g_chart, t_chart
from spoc.model.spc.xmr import PRESETS, Analysis, analyse

__all__ = ["PRESETS", "Analysis", "Rare", "analyse", "between", "g_chart", "t_chart"]
