#include "prompt/rules.h"

#include <array>

#include "prompt/scan.h"

namespace newbie::prompt {

namespace {

using enum Severity;
using enum FixKind;

constexpr std::array<Rule, 42> kRules{{
    {"X001", error, "unclosed or crossed element",
     "Every `<x>` needs its `</x>`. Where one is missing, what follows may be read as part of the "
     "wrong element, "
     "and the attributes of one figure end up in another. A close tag without its open tag, a "
     "comment without "
     "its end and JSON that breaks off are reported here too.",
     "<character_1>\n<appearance>blue_hair</clothing>\n</character_1>", safe,
     "closes the element at the end of its line, or corrects the close tag"},
    {"X002", error, "illegal element name",
     "The name of an element is one word; `<character 1>` is read as `character_1`.",
     "<character 1>\n<gender>1girl</gender>\n</character 1>", safe, "writes the legal name"},
    {"X003", error, "stray `&`, `<` or `>`",
     "These characters have a meaning in XML. Alone between blanks `&` is fine, and so are faces "
     "such as `>_<`; "
     "elsewhere write `&amp;`, `&lt;` and `&gt;`. The encoders always receive the character "
     "itself.",
     "<caption>black&white picture</caption>", safe, "writes the reference"},
    {"X004", warning, "text outside any element",
     "In the trained form every word is inside an element that says what it describes. Words "
     "between blocks still "
     "reach the encoder, but nothing binds them.",
     "<character_1>\n<gender>1girl</gender>\n</character_1>\n\na sunny day", unsafe,
     "wraps it in `<caption>`, or drops it"},
    {"X005", info, "wrapper around the prompt",
     "Roots such as `<image>` and `<scene>`, and braces around everything, come from tools; "
     "training never saw "
     "them. They are unwrapped when the prompt is compiled.",
     "<scene>\n<general_tags>\n<style>anime_style</style>\n</general_tags>\n</scene>", safe,
     "removes the wrapper"},
    {"X006", error, "weight comment with nothing after it",
     "`<!-- weight:0.6 -->` weighs the next tag, or the next element when no tag follows. At the "
     "end of an element "
     "there is nothing left to weigh; probably the comment was meant for the tag before it.",
     "<general_tags>\n<style>anime_style <!-- weight:0.6 --></style>\n</general_tags>", none, ""},
    {"X007", warning, "missing comma at a comment",
     "A comment ends a tag. Without a comma the two tags beside it look like one to a reader.",
     "<general_tags>\n<style>anime_style <!-- bold --> digital_art</style>\n</general_tags>", safe,
     "inserts the comma"},
    {"X008", error, "weight out of range",
     "Weights are numbers from 0 to 2; 1 changes nothing. A larger effect than 2 destroys the "
     "picture, and a "
     "negative one means nothing to the encoders.",
     "<general_tags>\n<style>(anime_style:12)</style>\n</general_tags>", safe,
     "takes the nearest allowed number"},
    {"X009", warning, "brackets without a weight",
     "`(tag)`, `[tag]` and `{tag}` are weights in other programs. Here only `(tag:number)` is; "
     "bare brackets reach "
     "the encoder as text.",
     "<general_tags>\n<style>((anime_style))</style>\n</general_tags>", safe,
     "removes the brackets; the alternative fix writes a weight"},
    {"X010", warning, "weight without brackets",
     "`tag:1.2` is read literally, number and all. A weight needs brackets: `(tag:1.2)`.",
     "<general_tags>\n<style>anime_style:1.2</style>\n</general_tags>", safe, "adds the brackets"},
    {"X011", info, "escaped brackets",
     "Other programs need `\\(` for a literal bracket. Here brackets are literal unless they hold "
     "`:number`. The "
     "backslash never reaches the encoder.",
     "<character_1>\n<n>momoko_\\(momopoco\\)</n>\n</character_1>", safe,
     "removes the backslashes"},
    {"X012", warning, "unknown element or attribute",
     "The name is not in the vocabulary that training captions used. The element is sent as it is, "
     "at the end of "
     "its block; an unknown attribute is never sent. Negative-only elements in a positive prompt "
     "are reported too.",
     "<general_tags>\n<mood>cheerful</mood>\n</general_tags>", unsafe,
     "renames it to the nearest known name"},
    {"X013", info, "alias",
     "Some tools write other names, such as `name` for `n`. They are understood and compiled to "
     "the trained name.",
     "<character_1>\n<name>$character_1$</name>\n</character_1>", safe, "writes the trained name"},
    {"X014", warning, "duplicate element",
     "An element occurs once per block. When compiled, repeated lists are joined; of a repeated "
     "gender or position "
     "the first counts.",
     "<character_1>\n<clothing>white_shirt</clothing>\n<clothing>blue_skirt</clothing>\n</"
     "character_1>",
     safe,
     "joins lists and sentences; removing a second gender or position, and renumbering a figure, "
     "is asked first"},
    {"X015", error, "two names in one figure",
     "One `character_N` block describes one figure. Two names in it mix two figures into one.",
     "<character_1>\n<n>rem</n>\n<n>ram</n>\n</character_1>", unsafe,
     "begins a new block at the second name"},
    {"X016", warning, "gap in the numbering",
     "Blocks are numbered from 1 without gaps, as in training. More than eight figures were never "
     "seen.",
     "<character_2>\n<n>$character_2$</n>\n</character_2>", safe,
     "renumbers the block and its placeholders"},
    {"X017", warning, "count contradicts the blocks",
     "`count` says another number of figures than there are blocks. The model follows one or the "
     "other.",
     "<character_1>\n<gender>1girl</gender>\n</character_1>\n\n<general_tags>\n<count>2girls</"
     "count>\n</general_tags>",
     unsafe, "writes the count of the blocks"},
    {"X018", warning, "figure without a position",
     "With two or more figures, `position` is what keeps each description at its own place.",
     "<character_1>\n<position>left</position>\n</character_1>\n\n<character_2>\n<gender>1girl</"
     "gender>\n</character_2>",
     unsafe, "puts two figures at center_left and center_right"},
    {"X019", warning, "overlapping boxes",
     "Two boxes share more than half of the smaller one, so regional attention cannot tell the "
     "figures apart.",
     "<character_1 bbox=\"0,0,600,1000\">\n<n>a</n>\n</character_1>\n\n<character_2 "
     "bbox=\"100,0,700,1000\">\n<n>b</n>\n</character_2>",
     none, ""},
    {"X020", error, "malformed box",
     "A box is four numbers from 0 to 1000, thousandths of the picture: left, top, right, bottom.",
     "<character_1 bbox=\"600,0,100,1000\">\n<n>a</n>\n</character_1>", safe,
     "swaps reversed borders"},
    {"X021", warning, "misplaced tag",
     "The tag describes a figure but stands in general_tags, or the other way round. Then it binds "
     "to nobody, or "
     "to one figure only. Needs the tag table.",
     "<character_1>\n<gender>1girl</gender>\n</character_1>\n\n<general_tags>\n<objects>blue_hair</"
     "objects>\n</general_tags>",
     safe, "moves it when exactly one figure exists"},
    {"X022", warning, "conflicting tags",
     "Both cannot be true of the same figure or picture. Needs the tag table.",
     "<general_tags>\n<perspective>close-up, full_body</perspective>\n</general_tags>", none, ""},
    {"X023", warning, "sparse figure",
     "A figure with fewer than five features (appearance, clothing, expression, action and so on) "
     "easily takes on "
     "those of another.",
     "<character_1>\n<appearance>blue_hair</appearance>\n</character_1>", none, ""},
    {"X024", info, "empty element",
     "Training left empty elements out, except `n`. They are dropped when the prompt is compiled.",
     "<character_1>\n<n></n>\n<clothing></clothing>\n</character_1>", safe,
     "removes it (an empty figure only on request)"},
    {"X025", warning, "longer than training",
     "Training never saw more than 512 Gemma tokens; what lies behind them has little effect. "
     "Needs a tokenizer.",
     "", unsafe, "leaves out quality words beyond the second"},
    {"X026", error, "longer than the position table",
     "The model has 1024 text positions. What lies behind them cannot be encoded. Needs a "
     "tokenizer.",
     "", none, ""},
    {"X027", warning, "two system prompts",
     "A system prompt is in the text and another one is there too, or was chosen as an option. "
     "Training saw one.",
     "You are an assistant. <Prompt Start> You are an assistant. <Prompt Start> <caption>a "
     "cat</caption>",
     safe, "removes the extra one"},
    {"X028", warning, "chat or Markdown residue",
     "Code fences, bold type, citation marks and polite sentences are left over from a language "
     "model. The encoder "
     "would read them.",
     "<caption>A girl with **blue hair** smiles. [cite: 3]</caption>", safe, "removes them"},
    {"X029", info, "full-width punctuation or digits",
     "Full-width forms are other characters, and other tokens, than the ASCII ones of training. "
     "Captions are left "
     "alone: there they may be right.",
     "<general_tags>\n<style>anime_style，digital_art</style>\n</general_tags>", safe,
     "writes ASCII"},
    {"X030", warning, "underscores in the caption",
     "Captions were sentences with blanks between the words. Placeholders such as `$character_1$` "
     "stay.",
     "<caption>A girl with blue_hair smiles.</caption>", safe, "writes blanks"},
    {"X031", warning, "tag in both prompts",
     "The negative prompt works against the wish. Needs both prompts.", "", safe,
     "removes it from the negative prompt"},
    {"X032", info, "resolution word in style",
     "Words such as `4k_resolution` do not change the size of the picture; in training they stood "
     "in quality.",
     "<general_tags>\n<style>4k_resolution</style>\n</general_tags>", unsafe,
     "moves it to quality, or removes it"},
    {"X033", info, "repeated tag",
     "The second mention costs tokens and adds nothing; use a weight instead.",
     "<character_1>\n<expression>smile, happy, smile</expression>\n</character_1>", safe,
     "removes the later one"},
    {"X034", info, "Chinese tag with a translation",
     "Training used English tags; the table knows one for this word. Sentences are left alone: "
     "Gemma reads Chinese. "
     "Needs the Chinese table.",
     "<character_1>\n<appearance>双马尾</appearance>\n</character_1>", unsafe,
     "writes the tag (without asking when translation was chosen)"},
    {"X035", info, "Chinese word without a translation",
     "The table does not know the word; it is sent as it is. Needs the Chinese table.",
     "<character_1>\n<appearance>星辰大海</appearance>\n</character_1>", none, ""},
    {"X036", warning, "control of another program",
     "`<lora:...>` and its like are commands of other programs. They are not sent; give adapters "
     "as options.",
     "<caption>a cat <lora:cats:0.8></caption>", unsafe, "removes it"},
    {"X037", warning, "trigger of an adapter missing",
     "The chosen adapter was trained with words that are not in the prompt. Needs the list of "
     "adapters.",
     "", unsafe, "inserts the words in their element"},
    {"X038", error, "invalid bytes",
     "The text is not UTF-8 at this place, or holds a control character. Most likely it was saved "
     "in another "
     "encoding.",
     "<caption>a\x01 cat</caption>", unsafe,
     "removes control characters; decodes CP1252 or GBK on request"},
    {"X039", error, "over the limits",
     "Nesting, number of elements and size are limited, so that no text can stall the program. "
     "What is beyond is "
     "not read. The limits are options.",
     "", none, ""},
    {"X040", error, "document type declaration",
     "Declarations of types and entities are not supported: prompts need none, and they are a "
     "known form of attack.",
     "<!DOCTYPE prompt>\n<caption>a cat</caption>", none, ""},
    {"X041", warning, "placeholder without a figure",
     "The caption speaks of a figure that no block describes.",
     "<caption>$character_3$ smiles.</caption>", none, ""},
    {"X042", info, "placeholder whose figure has a name",
     "The caption says `$character_1$`, but the block's `n` holds a name, so the link between both "
     "is lost.",
     "<character_1>\n<n>rem</n>\n</character_1>\n\n<caption>$character_1$ smiles.</caption>", safe,
     "writes the name in the caption"},
}};

}  // namespace

std::span<const Rule> rules() { return kRules; }

const Rule* find_rule_by_id(std::string_view id) {
  for (const Rule& rule : kRules) {
    if (to_lower(rule.id) == to_lower(id)) return &rule;
  }
  return nullptr;
}

}  // namespace newbie::prompt
