"""Pure data and rules: functions of their arguments. No I/O, no clock, no screen, no SQL."""
