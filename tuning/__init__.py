"""How the encoder learned what IT people talk about. Run by hand when much has been written anew, never at set-up.

    make tune        some twenty minutes on two idle cores; writes bot/nlu/engine/adapter.npz

It needs PyTorch, in an environment of its own (requirements/tuning.lock). docs/decisions/0007 says what it does and why.
"""
