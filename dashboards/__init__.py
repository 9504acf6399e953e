"""The Streamlit workbench. Reads releases through ``warehouse.reading``; writes nothing but analysts' decisions."""
