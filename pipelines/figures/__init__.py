"""A figure's tidy data, labels, units and theme; drawn by Plotly on pages and as SVG in reports."""
