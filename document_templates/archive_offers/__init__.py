"""What the archive is asked before something is erased: offers, its decision, and the transfer.

The archive laws of the Länder want records offered to the archive before they are erased. Who has
them transferred needs a package that is complete and provable without this product.
"""
