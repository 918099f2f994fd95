"""Words that say what stands beside them: titles, greetings, roles, speech, companies, streets, dates."""

from __future__ import annotations

from typing import Final

from detectors.names.lexicon import NAME_CLASSES

#: Kinds of cue words, each one class of the lexicon; words in lower case, several languages.
CUES: Final[dict[str, str]] = {
    "title": "mr mrs ms miss mx dr prof professor sir madam madame mme mlle monsieur herr frau señor "
    "señora sr sra"
    " signor signora doña lord lady captain sergeant judge senator officer rev sister father doctor nurse",
    "greeting": "dear hi hello hey hallo bonjour hola ciao liebe lieber cher chère salut thanks "
    "regards cheers"
    " sincerely grüße cordialement welcome sorry please congratulations morning",
    "kin": "brother sister mother father wife husband son daughter friend colleague neighbour neighbor cousin"
    " aunt uncle boss mom dad partner roommate girlfriend boyfriend grandmother grandfather fiancé twin",
    "role": "customer client patient employee manager director engineer developer owner author user member"
    " guest passenger student teacher applicant candidate tenant buyer seller driver agent assistant analyst"
    " president ceo cto cfo founder chairman lawyer attorney accountant contact recipient sender assignee"
    " reporter reviewer participant attendee attendees participants passengers guests kunde kundin patientin"
    " mitarbeiter mitarbeiterin client cliente paciente empleado beneficiary payee cardholder holder insured"
    " resident caller requester speaker editor artist singer actor witness signatory subscriber traveller",
    "namekey": "name names named called firstname lastname surname fullname vorname nachname nombre apellido"
    " apellidos nom prénom cognome nome username displayname naam imię nazwisko alias known",
    "mailkey": "to from cc bcc attn von an de à für by signed assigned approved reviewed written "
    "created invited",
    "with": "with and for meet met meeting contact ask asked call called email emailed told tell "
    "invite told thank"
    " visit visited with met see saw helped help remind introduce join joined interview mit und für "
    "et avec y con",
    "speech": "said says wrote writes replied replies asked asks told tells added adds answered "
    "explained noted"
    " mentioned confirmed suggested reported argued thinks believes wants needs called called",
    "be": "is was has had will would can could does did lives lived works worked joined left moved "
    "bought paid"
    " sent received born died married graduated got wants likes loves plays played",
    "self": "i'm im am i me my mine ich bin heiße heisse mein je suis moi mon soy yo mi sono io",
    "company": "inc llc ltd gmbh corp corporation company co group holdings plc ag sa nv bv oy ab as kg bank"
    " insurance partners associates sons university college institute school hospital clinic foundation"
    " association society club league team department ministry agency council church museum hotel restaurant"
    " airlines airways systems solutions technologies software labs studio studios media press consulting"
    " services industries international global orchestra festival award prize fund trust union party "
    "committee",
    "street": "street st road rd avenue ave lane ln drive dr boulevard blvd court ct place square way terrace"
    " highway hwy parkway straße strasse platz gasse allee rue calle avenida plaza via piazza corso gade vej"
    " straat laan weg ulica utca suite apt apartment unit floor box building bridge park station airport",
    "place": "city county state province district region country island lake river mount mountain valley bay"
    " beach north south east west northern southern eastern western central new san santa los las "
    "saint fort port",
    "date": "monday tuesday wednesday thursday friday saturday sunday january february march april "
    "may june july"
    " august september october november december jan feb mar apr jun jul aug sep sept oct nov dec "
    "montag dienstag"
    " mittwoch donnerstag freitag samstag sonntag lundi mardi mercredi jeudi vendredi samedi dimanche lunes",
    "nation": "english german french spanish italian dutch american british chinese japanese russian "
    "portuguese"
    " indian arabic european african asian canadian australian swedish norwegian danish finnish "
    "polish turkish",
    "tech": "api http https json xml html sql python java javascript linux windows docker kubernetes "
    "github google"
    " apple microsoft amazon facebook oracle django flask react node class def import error "
    "exception warning info"
    " debug true false none null todo note version release file folder server client database table index key"
    " value type string integer test tests build commit branch merge license copyright default config option",
    "particle": "van von der den de del della di da do dos das du la le el al bin ibn ben abu ter "
    "ten af zu y e",
    "function": "the a an this that these those it its he she they we you our your his her their "
    "there here what"
    " when where why how who which if then else but or not no yes all any some each every in on at "
    "of as so such"
    " than too very just also only about after before over under between into out up down off again once",
    "suffix": "jr sr ii iii iv phd md esq mba cpa dds",
}
CUE_CLASS: Final[dict[str, int]] = {kind: NAME_CLASSES + place for place, kind in enumerate(CUES)}
#: Kinds that are never part of a name.
NEVER: Final = (
    "title greeting kin role namekey mailkey with speech self company street nation tech function".split()  # noqa: SIM905
)
CLASSES: Final = NAME_CLASSES + len(CUES)


def cue_words() -> dict[str, int]:
    """Each cue word with its class; a word that is several kinds keeps the first."""
    known: dict[str, int] = {}
    for kind, words in CUES.items():
        for word in words.split():
            known.setdefault(word, CUE_CLASS[kind])
    return known
