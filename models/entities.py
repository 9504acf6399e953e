from models.names import organisation_key
def employer_key(name: str) -> str:
    return organisation_key(name)
