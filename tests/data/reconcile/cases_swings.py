"""A field that another program puts back each time that we write it (F139)."""
from world import changed, event
from world_out import OUT, edited

E1 = event("xia")


def swing(n, intent=5, at="2026-11-20T09:00:00Z"):
    return {"location": {"n": n, "intent": intent, "at": at}}


def undone(n=None, wrote=7, **more):
    """Graph has another place than we wrote there."""
    base = {} if n is None else {"swings": swing(n, **more)}
    return edited(E1, changed(E1, location="Old place"), base=base, crm={}, changes="absent",
                  wrote={"location": wrote})


def again(n, at="2026-11-20T09:00:00Z", **crm):
    """And the CRM wants its own."""
    return edited(E1, base={"swings": swing(n, at=at)}, crm={"location": "Hall", **crm})


def add(case):
    def counts(n, intent=7):
        return ("crm.update location", {"base": {"graph": {"swings": {
            "location": {"n": n, "intent": intent, "at": "2026-11-21T09:00:00Z"}}}}})
    case("swings-counted", "F139",
         "What we wrote is changed in Graph: it comes in, and counts, once for each write.",
         undone(), undone(1), undone(2),
         undone(1, intent=7), undone(3, at="2026-11-14T08:59:59Z"), policy=OUT,
         want=[counts(1), counts(2), counts(3),
               ("crm.update location", {"base": {"graph": {"swings": swing(1, 7)}}}), counts(1)])
    case("swings-none", "F139", "A change of Graph's that follows no write of ours is no answer to one.",
         edited(E1, changed(E1, location="Old place"), crm={}, changes="absent"),
         edited(E1, changed(E1, location="Old place"), crm={}, changes="absent", wrote={"subject": 7}),
         policy=OUT, want=[("crm.update location", {"base": {"graph": {"swings": "absent"}}})] * 2)
    case("swings-frozen", "F139",
         "After the third time the field is held. What else was edited goes. A week later it may go again.",
         again(2), again(3), again(3, subject="New"), again(3, at="2026-11-14T08:59:59Z"),
         policy=OUT,
         want=[("graph.update location", {"base": {"graph": {"swings": swing(2)}}}),
             ("hold oscillation graph.update location", {"why": {
                 "rule": "oscillation", "evidence": "it was undone in Graph three times"}}),
             ("graph.update subject", {"changes": [], "why": {"evidence": "what swings waits"}}),
             ("graph.update location", {"base": {"graph": {"swings": "absent"}}})])
