"""Streamlit pages over the published snapshot."""
