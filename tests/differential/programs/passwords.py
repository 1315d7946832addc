"""Makes passwords by recipes; prints lists of passwords, or the text of the refusal."""

import json
import sys

from onepassword import *
from onepassword.secrets import Secrets

KINDS = {
    "Pin": lambda row: PasswordRecipePin(parameters=PasswordRecipePinInner(**row)),
    "Random": lambda row: PasswordRecipeRandom(parameters=PasswordRecipeRandomInner(**row)),
    "Memorable": lambda row: PasswordRecipeMemorable(
        parameters=PasswordRecipeMemorableInner(**row)
    ),
}


def make(kind, parameters, count):
    try:
        recipe = KINDS[kind](parameters)
        return [Secrets.generate_password(recipe).password for _ in range(count)]
    except Exception as error:
        return str(error)


print(json.dumps([make(*row) for row in json.load(sys.stdin)]))
