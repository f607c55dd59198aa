"""How long documents are kept: retention classes with the event that starts them and their time.

What must be kept is locked where the store can; what must be erased is erased, with a preview, two
persons and a record that holds no personal data (Art. 17 DSGVO, § 84 SGB X).
"""
