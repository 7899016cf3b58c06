"""The ED safety net on the screen: the worklist, a review, lists coming in, others being told."""
