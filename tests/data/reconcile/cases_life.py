"""What was asked for by name: a user's cleanup, and single events of somebody whose
sync is off."""
from world import candidate, changed, event, linked, mailbox, removed
from world_out import OUT, edited, made, pitch

E1 = event("xia")
ASKED = {"request": 3, "upto": 20, "sides": "both"}
BOTH = {**OUT, "cleanup": "both"}
CRM_BORN = {"born": "crm"}


def box(**over):
    return mailbox("ann", **{"cleanup": ASKED, "outward": True, "off": True, **over})


def four(**over):
    """One of Outlook's, one of the CRM's, one that was on both sides; one not hers."""
    return [linked(E1, **over),
            linked(event("xia", "yan", id="AAMk2", uid="2"), state={"meeting": 13, **CRM_BORN}, **over),
            linked(event("xia", id="AAMk3", uid="3"), state={"meeting": 14, "born": "both"}, **over),
            linked(event("xia", id="AAMk4", uid="4"),
                   state={"meeting": 15, "owner": "2", "owner_account": 2}, **over)]


def add(case):
    case("cleanup-both", "S-013 S-014 SC-25",
         "The copies go on either side, and what was on both sides before, or is somebody else's, "
         "stays. Who is off has nothing else done.",
         *four(), box=box(), policy=BOTH,
         want=["skip user_off", "skip user_off",
               ("crm.delete delete", {"meeting": 12, "copy": {"role": "organizer"}, "why": {
                   "rule": "cleanup", "evidence": "request 3", "policy": "cleanup = both"}}),
               ("graph.delete", {"meeting": 13, "mail": ["xia@client.test", "yan@client.test"],
                                 "limits": {"run": 200, "deletes": None},
                                 "why": {"rule": "cleanup", "evidence": "request 3",
                                         "policy": "cleanup = both"}})])
    case("cleanup-crm", "S-013", "In the CRM alone: what was born there is not touched.",
         *four(), box=box(), policy={**OUT, "cleanup": "crm"},
         want=["skip user_off"] * 3 + ["crm.delete delete"])
    case("cleanup-graph", "S-013", "In Outlook alone, and whatever the direction is now.",
         *four(), box=box(), policy={**OUT, "cleanup": "graph", "direction.events": "to_crm"},
         want=["skip user_off"] * 3 + ["graph.delete"])
    case("cleanup-off", "", "The policy has none any more: nothing is removed.",
         *four(), box=box(), policy={**OUT, "cleanup": "off"}, want=["skip user_off"] * 4)
    case("cleanup-upto", "S-015", "Of who stays on, what was linked since it was asked for stays.",
         linked(E1, state={"meeting": 21}), *four()[1:3], box=mailbox("ann", cleanup=ASKED, outward=True),
         policy=BOTH, want=["skip unchanged"] * 2 + ["graph.delete"])
    case("cleanup-held", "S-013", "Nobody is mailed whom policy does not allow.",
         *four(), box=box(), policy={**BOTH, "mail.allow": "none"},
         want=["skip user_off", "skip user_off", "crm.delete delete", "hold mail_held graph.delete"])
    case("cleanup-breaker", "S-013 L2",
         "The breaker is for accidents: what was asked for it neither stops nor counts, and the "
         "deletion of another day it lets pass.",
         *four()[:3], removed(event("xia", id="AAMk9", uid="9"), state={"meeting": 30}),
         box=mailbox("ann", cleanup=ASKED, outward=True, spent={"deletes": 0}),
         policy={**BOTH, "delete.max": "1", "delete.max_day": "1", "delete.to_crm": "delete"},
         want=["skip unchanged", "crm.delete delete", "crm.delete delete", "graph.delete"])
    case("cleanup-incomplete", "L2", "A section that was not read to its end removes nothing.",
         *four(), box=box(), policy=BOTH, end={"complete": False},
         want=["skip user_off", "skip user_off", "skip incomplete", "skip incomplete"])
    gone = {"deleted": True}
    case("cleanup-gone", "S-013",
         "What is gone already ends: of Outlook's its copy in the CRM goes, of the CRM's there is "
         "none in Outlook; and one that both have deleted.",
         removed(E1), removed(event("xia", id="AAMk2", uid="2"), state={"meeting": 13, **CRM_BORN}),
         linked(event("xia", id="AAMk5", uid="5"), crm=gone, state={"meeting": 16}),
         box=box(), policy=BOTH,
         want=["crm.delete delete", ("link.end", {"why": {"rule": "cleanup"}}), "link.end"])
    case("cleanup-without-copy", "S-013",
         "No copy is left in her mailbox: the CRM's event tells, and its copy goes; of one that "
         "was born in the CRM the link ends.",
         made(pitch(crm_id="101"), changes=[], link=linked(E1, state={"copies": []})["link"]),
         made(pitch(crm_id="102"), changes=[],
              link=linked(E1, state={"meeting": 13, "crm_id": "102", "copies": [], **CRM_BORN})["link"]),
         box=box(), policy=BOTH,
         want=[("crm.delete delete", {"id": None, "crm_id": "101"}), ("link.end", {"crm_id": "102"})])
    case("cleanup-done", "S-015", "A tombstone is no copy any more.",
         linked(E1, state={"state": "ended"}), box=box(), policy=BOTH, want="skip user_off")

    off = mailbox("ann", off=True, only=["AAMk1"])
    case("off-one-event", "C-001 C-002 SC-35",
         "Her sync is off: the linked event that was asked for is brought into the CRM, a new one "
         "is not, and what the CRM changed waits.",
         linked(E1, changed(E1, subject="S2")), candidate(event("xia", id="AAMk2", uid="2")),
         edited(event("xia", id="AAMk3", uid="3"), crm={"location": "Hall"}, state={"meeting": 14}, changes="absent"),
         box=off, policy=OUT,
         want=["crm.update subject", "skip user_off", "skip crm_changed"])
    case("off-crm-gone", "C-002", "Deleted in the CRM meanwhile: that waits until she is on.",
         edited(E1, changed(E1, subject="S2"), crm=gone, changes="absent"), box=off, policy={**OUT, "delete.to_graph": "delete"},
         want="skip user_off")

    one = {"master": "AAMkM", "original_date": "2026-11-24"}
    member = [candidate(event("xia", id="AAMk" + k[0], uid="M",
                              recurrence="FREQ=WEEKLY" if k == "master" else None,
                              series={"kind": k, **({"master": None, "original_date": None}
                                                    if k == "master" else one)}))
              for k in ("master", "occurrence", "exception")]
    case("series-stays-master", "S-024",
         "Its series is linked as one event: no date comes in beside it because policy says now "
         "that dates do; an exception does, as before.",
         *[{**m, "series_as": "master"} for m in member[1:]],
         want=["skip series_master", "crm.create"])
    case("series-stays-master-expand", "O-021",
         "And where exceptions are not followed, neither: a series that the CRM made comes back "
         "from Outlook with its dates.",
         *[{**m, "series_as": "master"} for m in member[1:]],
         policy={"recurring.mode": "expand"}, want=["skip series_master"] * 2)
    case("series-stays-occurrences", "S-024",
         "The other way round: the dates are linked, so further ones come in and the whole does not.",
         *[{**m, "series_as": "occurrences"} for m in member],
         policy={"recurring.mode": "series"},
         want=["skip series_master", "crm.create", "crm.create"])
