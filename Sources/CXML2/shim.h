// Debian's libxml2 is built with ICU, and its headers then include ICU's, which clash with the copy inside Foundation.
// The only thing that depends on it is the tail of struct _xmlCharEncodingHandler, which is never touched from here.
#include <libxml/xmlversion.h>
#undef LIBXML_ICU_ENABLED
#include <libxml/HTMLparser.h>
#include <libxml/parser.h>
#include <libxml/tree.h>
#include <libxml/xmlreader.h>
