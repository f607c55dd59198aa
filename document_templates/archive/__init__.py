"""What keeps a sealed document provable for as long as it is kept.

Every night all stored files are read again and the register's chain is reckoned anew; what does
not fit raises an alarm that stays open until a person closes it.
"""
