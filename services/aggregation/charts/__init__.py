"""Charts of published figures, drawn as SVG by a process that is there when needed."""
