"""Distribution lists, as fetch tells of them under attendees.groups=expand: their
members are on the event, and a list whose members are not known is held against mail."""
from world import ADDRESS, candidate, changed, event, linked, name, who
from world_out import OUT, edited

LIST = {"address": "all@firm.test", "name": "All", "role": "optional", "response": "none"}
ALL = {"type": "group", "address": "all@firm.test"}


def group(*people):
    return {**ALL, "members": [{"address": ADDRESS[p], "name": name(p)} for p in people]}


UNKNOWN = {**ALL, "members": None}


def met(e, *people):
    """What match knows: of the members too."""
    return who({**e, "attendees": e["attendees"] + [{"address": ADDRESS[p]} for p in people]})


def add(case):
    e = event("xia", LIST)
    case("group-skip", "I-028", "As delivered a list is an address that nobody has.",
         candidate(e), want=("crm.create", {"attendees": {"add": [
             {"address": "xia@client.test", "name": "Xia", "role": "required",
              "response": "none", "person": "contact", "id": "7"}]}}))
    case("group-expand", "I-028",
         "Its members are on the event, in the list's role; whoever is there by themselves stays "
         "as they are. Zed is waited for, the list is not.",
         group("bob", "xia", "zed"), candidate(e, known=met(e, "bob", "xia", "zed")),
         want=("crm.create", {"attendees": {"add": [
             {"address": "bob@firm.test", "name": "Bob", "role": "optional",
              "response": "none", "person": "user", "id": "2"},
             {"address": "xia@client.test", "name": "Xia", "role": "required",
              "response": "none", "person": "contact", "id": "7"}]},
             "base": {"graph": {"attendees": e["attendees"]}}}))
    only = event(LIST)
    case("group-gates", "I-028",
         "The gates look at the members: all of the firm is internal, one contact matches; an "
         "empty list is nobody known.",
         group("bob", "cy"), candidate(only, known=met(only, "bob", "cy")),
         want="skip internal")
    case("group-matches", "I-028", "A contact on it lets the event in.",
         group("bob", "xia"), candidate(only, known=met(only, "bob", "xia")), want="crm.create")
    case("group-empty", "", "Nobody is on it.",
         group(), candidate(only), want="skip unmatched")
    case("group-left", "", "Taken off, it takes its members with it.",
         group("bob", "xia"),
         linked(event("xia", "bob"), event("xia", id="AAMk1")), want="crm.update -bob@firm.test")
    case("group-unknown-stays", "",
         "While it is not known who is on a list, nobody is said to have left.",
         UNKNOWN, linked(event("xia", "bob"), event("xia", LIST)), want="link.base")
    case("group-nobody-made", "", "Neither a list nor what may be one is made a contact.",
         UNKNOWN, candidate(event("xia", LIST)),
         policy={"unmatched.create": "contact"}, run={"domains": []}, want="crm.create")
    moved = {"start": "2026-11-24T11:00:00Z", "end": "2026-11-24T12:00:00Z"}
    out = edited(e, crm=moved)
    out["who"] = met(e, "bob", "zed")
    case("group-mails", "L3", "A change in the CRM mails the members, and the list itself counts.",
         group("bob", "zed"), out, policy=OUT,
         want=["crm.update +2", ("graph.update start,end,zone,all_day", {"mail": [
             "all@firm.test", "bob@firm.test", "xia@client.test", "zed@nowhere.test"]})])
    case("group-mails-held", "L3", "It is not known who would be mailed: held, and it says why.",
         UNKNOWN, edited(e, crm=moved), policy=OUT,
         want=("hold mail_held graph.update start,end,zone,all_day", {"why": {
             "rule": "attendees.groups", "policy": "attendees.groups = skip"}}))
    case("group-mails-users", "", "Only users may be mailed: the list is judged by its members.",
         group("bob", "zed"), {**edited(event("bob", LIST), crm=moved),
                               "who": met(event("bob", LIST), "bob", "zed")},
         policy={**OUT, "mail.allow": "users"},
         want=("hold mail_held graph.update start,end,zone,all_day", {"why": {
             "evidence": "blocked: zed@nowhere.test"}}))
