"""The ED safety net on the screen: the worklist, a review, bringing lists in, telling others."""
