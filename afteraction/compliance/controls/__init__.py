"""One file per control, named as its id; a file here is a control that runs."""
