"""Words of everyday English and of common formats: texts that share them share no more than a language."""

from __future__ import annotations

from functools import cache
from typing import Final

from afteraction.lineage.bags import bag
from afteraction.lineage.tokens import U64, hash_words
from afteraction.lineage.wordlists import COMMON

#: Common words of English, mostly as learners' lists have them.
ENGLISH: Final = bag(
    """
ability able above accept according across act action active activity actually adult advice afternoon age
ago agree ahead air allow almost alone along already although always animal another answer anyone anything
appear apple apply approach area argue arm around arrive art article ask attach attached attachment
attachments attention audience author automatic available avoid away baby bad bag ball bank bar base based
basic bear beat beautiful become bed begin behavior behind believe below benefit beside better beyond big
bird bit black blood blue board boat body book born both bottom box boy bread break breakfast bridge brief
bright bring brother brown brought build building bus business busy buy camera campaign cancer capital car
card care career carefully carry cat catch cause cell center central century certain certainly chair
challenge chance character charge cheap child children choice choose church citizen city claim class clean
clear clearly click close clothes cloud coast coat coffee cold collect collection college color colour common
community compare complete computer concern condition conference confidential confirm consider contain
continue control cook copy corner correct cost country couple course court cover crime culture cup current
customer cut dance dark daughter dead deal dear death debate decade decide decision deep defense degree
department describe design despite detail develop development die difference different difficult dinner
direction director discover discuss discussion disease distance doctor dog door doubt down draft draw dream
drink drive driver drop drug dry during duty each ear early earth easily east easy eat economic economy edge
education effect effort egg eight either election else employee employees empty energy engine english enjoy
enough enter entire environment especially establish even evening ever every everybody everyone everything
evidence exactly example excellent except exist expect experience expert explain express extra eye face fact
factor fail failed fall family famous far farm fast father favorite fear feature feel feeling few field fight
figure film final finally financial fine finger finish fire firm fish fit five floor flower fly follow
following food foot football force foreign forest forget form former forward found four friend front full
fully fun function fund future game garden gas general generate generation girl glad glass goal gold gone
good government great green ground group grow growth guess guest guide gun guy hair half hand hang happen
happy hard head health hear heart heat heavy height herself high hill history hit hold holiday home hope
horse hospital hot hotel hour house however huge human hundred husband ice idea identify ignore image imagine
impact important improve include including increase indeed indicate individual industry inside instead
institution interest interesting international interview investment involve island issue itself job join key
kid kill kitchen knife know knowledge lake land language large late later laugh law lawyer lay lead leader
learn least leave left leg legal less lesson letter level library lie life light likely line listen little
live local long look looking lose loss lot love low lower luck lunch machine magazine main maintain major
majority man manage management manager many market marriage material matter maybe mean measure media medical
memory mention method middle might military milk million mind minute miss mission model modern moment money
month more morning most mother mountain mouth move movement movie music nation national natural nature near
nearly necessary neck need network never newspaper nice night nine nobody none nor north nose nothing notice
number occur ocean off officer official often oil old once only onto opinion opportunity orange others
ourselves outside own owner paint painting pair paper parent park particular particularly partner party pass
past patient pattern pay peace perhaps period personal physical piano pick picture piece pink plan plane
planet plant play player please pocket point police policy political poor popular population position
positive possible power practice prepare present president press pretty prevent private probably problem
process produce production professional professor program project property protect prove provide public pull
purpose push put quality question questions quick quickly quiet quite race radio rain raise range rate rather
reach reader real reality realize really reason receive received recent recently recognize record red reduce
reflect regarding region relate relationship religious remain remember remove represent request requested
require required reserved reset resource respond response responsibility rest restaurant reveal rich right
rights ring rise risk river road rock role room rule run safe salt same sand save scene school science
scientist score sea season seat second section security seek seem sell senior sense series serious serve
seven several sex shake shall share she ship shirt shoe shoot shop short shot shoulder show side sign
significant silver similar simple simply since sincerely sing singer single sister sit site situation six
size skill skin sky sleep slow slowly small smile snow social society soft soldier somebody someone something
sometimes son song soon sorry sort sound source south space speak special specific speech spend sport spring
staff stage stand standard star start statement station stay step still stock stone stop store story strategy
street strong structure student study stuff style success successful such suddenly suffer suggest summer sun
supper supply support sure surface sweet swim table talk tall task tax tea teach teacher team technology
television tell ten tend term than thank theatre themselves theory thing think third thousand threat three
throughout throw thus tiny together tonight top touch tough toward town trade traditional train training
travel treat treatment tree trial trip trouble true trust truth try turn twelve twice understand uncle unit
university unless unsubscribe upon usual usually valley value various very victim video view village violence
visit visitor voice vote wait walk wall want war warm wash watch water way weapon wear weather weekend weekly
weight west whatever wheel whether white whole whom whose wide wife wild win wind window wine winter wish
within without woman wonder wood word words work worker world worry worse worth write writer wrong yard yeah
yellow yes yet young yourself
"""
)

#: Words of code, markup, protocols, configuration and forms.
FORMAL: Final = bag(
    """
abort absolute admin agent alert alias align allowed amount anonymous append application args argument
arguments array arrays asc assert assigned assignee async attribute attributes auth author authorization auto
await background backup bash batch begin beta bin binary blank block bold boolean border branch browser buffer
build bytes cache call callback cancelled card category charset check child class click client clone closed
cloud cluster cmd col collection color columns command comment commit completed component compose config
configuration confirmed connect connection console const constructor container contains content context
control cookie core cors cpu created creator csv cursor daemon data database debug def default define
delivered delivery dependencies deploy deprecated desc dest dev device dialog dict digest dir disabled disk
display dist div docker docs doctype docx domain done double download due duration elif else email empty
enabled encoding end endpoint engine entries entry enum env environment errno event events exec executable
exists exit expected expires export expression extends extension failure fetch field fields files filter
finally flag float font footer force foreign format function gateway generated get git github gmt grant grid
group groups handle handler hash head header headers height hidden hook host hostname html http https icon
image images import imported inactive index info init inline inner input insert instance int integer interface
internal into invalid invoice invoices items iterator java javascript job jobs join json jwt kernel key keys
keyword label labels lambda lang latest layout lib library license licensed limits linux listen loaded loader
local locale lock log logger logging logs loop main manager map mapping margin markdown master match max
maximum member members memory menu merge meta metadata migration mime min minimum missing mock mode modified
module monitor mount multipart named names namespace native nested newline node nodes normal npm null number
numbers object objects offset online operation optional options order orders origin other output override
owner package packages padding page pages params parent parse passed passwd patch path pathlib paths payload
pdf pending permission permissions ping pip pipeline pipefail placeholder plain platform plugin png policy
pool port ports post posts prefix preview previous primary print priority private process processed prod
production profile profiles prompt properties property protocol provider proxy public publish push python
queries query queue random range raw readme recipient record records redirect ref reference references refs
registry relative release remote render replace replica repo repository requests required resolve resolved
resource resources response result retries retry return returns revision role roles root route routes router
row rows rule rules runtime sample scheduled schema scope script scripts secure select selected self sender
serial server service services session sessions settings setup shell short signature size sleep slug snapshot
socket sources span split sql src ssl stable stack staging startup state static stats stderr stdin stdout
storage stream string strings struct style subject submit subnet suffix suite summary sync syntax sys system
tables tag tags target task tasks template templates terminal test tests text thread threads tickets timeout
timestamp timezone tls tmp toml total trace transaction trigger true tuple type types ubuntu undefined unique
units unknown unread upload uri url urls usd usage user users usr utc utf utils uuid valid validate validation
values var variable variables vars vendor verified verify version versions view virtual visible void volume
warning web webhook website width window windows worker workers workflow workspace wrapper writer xml yaml yml
zone
"""
)

#: Words that hold sentences together.
FUNCTION: Final = bag(
    """
a about after again against all also am an and any are as at be because been before being below between both
but by can cannot could did do does doing down during each few for from further had has have having he her
here hers herself him himself his how i id if in into is it its itself just me more most must my myself no nor
not now of off on once only or other our ours ourselves out over own same shall she should so some such than
get let one two know please thank thanks
that the their theirs them themselves then there these they this those through to too under until up upon us
very was we were what when where which while who whom why will with within without would you your yours
yourself
"""
)


def inflected(words: frozenset[str]) -> frozenset[str]:
    """Words with their regular endings: plurals, and the forms of verbs."""
    stems = {word.removesuffix("e") for word in words}
    return (
        words | {f"{word}s" for word in words} | {stem + end for stem in stems for end in ("ed", "ing", "es")}
    )


@cache
def function() -> U64:
    """Hashes of `FUNCTION`."""
    return hash_words(sorted(FUNCTION))


@cache
def everyday() -> U64:
    """Hashes of all words that are `ENGLISH`, `FORMAL` or `COMMON` and not `FUNCTION`."""
    return hash_words(sorted(inflected(ENGLISH | FORMAL | COMMON) - FUNCTION))


@cache
def english() -> U64:
    """Hashes of what is `ENGLISH` and not `FORMAL`: prose repeats it, forms do."""
    return hash_words(sorted(inflected(ENGLISH | COMMON) - FORMAL))


@cache
def anybodys() -> U64:
    """Hashes of all these words."""
    return hash_words(sorted(inflected(ENGLISH | FORMAL | COMMON) | FUNCTION))
