"""One module a subject; each makes a Flask blueprint."""

from desk.views import (
    articles,
    audit,
    dead_letters,
    demo,
    knowledge,
    outages,
    recover,
    reset,
    satisfaction,
    signin,
    tickets,
)

ALL = (
    recover.blueprint,
    reset.blueprint,
    articles.blueprint,
    signin.blueprint,
    tickets.blueprint,
    outages.blueprint,
    dead_letters.blueprint,
    satisfaction.blueprint,
    knowledge.blueprint,
    audit.blueprint,
)
EMBEDDED_ONLY = (demo.blueprint,)
