"""Lists of attendances as hospitals send them, read into one stream of Attendance or Rejected."""
