"""The app's own server around Streamlit: downloads that ask who asks, and the wall around an open app."""
