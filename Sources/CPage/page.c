#include "page.h"

// The compiler takes the files in as they are. A new file needs three lines here; Tests/Page/test_sources.py notices when they are missing.
// This is C as of 2023, which the package's other C targets need not know.
#pragma clang diagnostic ignored "-Wc23-extensions"
#define FILE_AT(path) path, (const char[])

static const struct page_asset assets[] = {
    {FILE_AT("api.js"){
#embed "page/api.js" suffix(, 0)
    }},
    {FILE_AT("app.js"){
#embed "page/app.js" suffix(, 0)
    }},
    {FILE_AT("dom.js"){
#embed "page/dom.js" suffix(, 0)
    }},
    {FILE_AT("favicon.svg"){
#embed "page/favicon.svg" suffix(, 0)
    }},
    {FILE_AT("i18n.js"){
#embed "page/i18n.js" suffix(, 0)
    }},
    {FILE_AT("i18n/ko.js"){
#embed "page/i18n/ko.js" suffix(, 0)
    }},
    {FILE_AT("icons.js"){
#embed "page/icons.js" suffix(, 0)
    }},
    {FILE_AT("index.html"){
#embed "page/index.html" suffix(, 0)
    }},
    {FILE_AT("manifest.webmanifest"){
#embed "page/manifest.webmanifest" suffix(, 0)
    }},
    {FILE_AT("markdown/code.js"){
#embed "page/markdown/code.js" suffix(, 0)
    }},
    {FILE_AT("markdown/math.js"){
#embed "page/markdown/math.js" suffix(, 0)
    }},
    {FILE_AT("markdown/render.js"){
#embed "page/markdown/render.js" suffix(, 0)
    }},
    {FILE_AT("markdown/sanitise.js"){
#embed "page/markdown/sanitise.js" suffix(, 0)
    }},
    {FILE_AT("markdown/stream.js"){
#embed "page/markdown/stream.js" suffix(, 0)
    }},
    {FILE_AT("parts/access.js"){
#embed "page/parts/access.js" suffix(, 0)
    }},
    {FILE_AT("parts/banners.js"){
#embed "page/parts/banners.js" suffix(, 0)
    }},
    {FILE_AT("parts/chart.js"){
#embed "page/parts/chart.js" suffix(, 0)
    }},
    {FILE_AT("parts/copy.js"){
#embed "page/parts/copy.js" suffix(, 0)
    }},
    {FILE_AT("parts/dialog.js"){
#embed "page/parts/dialog.js" suffix(, 0)
    }},
    {FILE_AT("parts/dropzone.js"){
#embed "page/parts/dropzone.js" suffix(, 0)
    }},
    {FILE_AT("parts/field.js"){
#embed "page/parts/field.js" suffix(, 0)
    }},
    {FILE_AT("parts/listing.js"){
#embed "page/parts/listing.js" suffix(, 0)
    }},
    {FILE_AT("parts/menu.js"){
#embed "page/parts/menu.js" suffix(, 0)
    }},
    {FILE_AT("parts/progress.js"){
#embed "page/parts/progress.js" suffix(, 0)
    }},
    {FILE_AT("parts/toast.js"){
#embed "page/parts/toast.js" suffix(, 0)
    }},
    {FILE_AT("router.js"){
#embed "page/router.js" suffix(, 0)
    }},
    {FILE_AT("session.js"){
#embed "page/session.js" suffix(, 0)
    }},
    {FILE_AT("styles/base.css"){
#embed "page/styles/base.css" suffix(, 0)
    }},
    {FILE_AT("styles/chat.css"){
#embed "page/styles/chat.css" suffix(, 0)
    }},
    {FILE_AT("styles/controls.css"){
#embed "page/styles/controls.css" suffix(, 0)
    }},
    {FILE_AT("styles/shell.css"){
#embed "page/styles/shell.css" suffix(, 0)
    }},
    {FILE_AT("styles/views.css"){
#embed "page/styles/views.css" suffix(, 0)
    }},
    {FILE_AT("theme.js"){
#embed "page/theme.js" suffix(, 0)
    }},
    {FILE_AT("views/admin/admin.js"){
#embed "page/views/admin/admin.js" suffix(, 0)
    }},
    {FILE_AT("views/admin/audit.js"){
#embed "page/views/admin/audit.js" suffix(, 0)
    }},
    {FILE_AT("views/admin/connections.js"){
#embed "page/views/admin/connections.js" suffix(, 0)
    }},
    {FILE_AT("views/admin/documents.js"){
#embed "page/views/admin/documents.js" suffix(, 0)
    }},
    {FILE_AT("views/admin/general.js"){
#embed "page/views/admin/general.js" suffix(, 0)
    }},
    {FILE_AT("views/admin/groups.js"){
#embed "page/views/admin/groups.js" suffix(, 0)
    }},
    {FILE_AT("views/admin/health.js"){
#embed "page/views/admin/health.js" suffix(, 0)
    }},
    {FILE_AT("views/admin/models.js"){
#embed "page/views/admin/models.js" suffix(, 0)
    }},
    {FILE_AT("views/admin/plugin-editor.js"){
#embed "page/views/admin/plugin-editor.js" suffix(, 0)
    }},
    {FILE_AT("views/admin/plugins.js"){
#embed "page/views/admin/plugins.js" suffix(, 0)
    }},
    {FILE_AT("views/admin/usage.js"){
#embed "page/views/admin/usage.js" suffix(, 0)
    }},
    {FILE_AT("views/admin/users.js"){
#embed "page/views/admin/users.js" suffix(, 0)
    }},
    {FILE_AT("views/admin/valves.js"){
#embed "page/views/admin/valves.js" suffix(, 0)
    }},
    {FILE_AT("views/chat/archived.js"){
#embed "page/views/chat/archived.js" suffix(, 0)
    }},
    {FILE_AT("views/chat/attachments.js"){
#embed "page/views/chat/attachments.js" suffix(, 0)
    }},
    {FILE_AT("views/chat/chat.js"){
#embed "page/views/chat/chat.js" suffix(, 0)
    }},
    {FILE_AT("views/chat/composer.js"){
#embed "page/views/chat/composer.js" suffix(, 0)
    }},
    {FILE_AT("views/chat/conversation.js"){
#embed "page/views/chat/conversation.js" suffix(, 0)
    }},
    {FILE_AT("views/chat/events.js"){
#embed "page/views/chat/events.js" suffix(, 0)
    }},
    {FILE_AT("views/chat/feedback.js"){
#embed "page/views/chat/feedback.js" suffix(, 0)
    }},
    {FILE_AT("views/chat/list.js"){
#embed "page/views/chat/list.js" suffix(, 0)
    }},
    {FILE_AT("views/chat/message.js"){
#embed "page/views/chat/message.js" suffix(, 0)
    }},
    {FILE_AT("views/chat/model-picker.js"){
#embed "page/views/chat/model-picker.js" suffix(, 0)
    }},
    {FILE_AT("views/chat/prompts.js"){
#embed "page/views/chat/prompts.js" suffix(, 0)
    }},
    {FILE_AT("views/chat/rating.js"){
#embed "page/views/chat/rating.js" suffix(, 0)
    }},
    {FILE_AT("views/chat/sources.js"){
#embed "page/views/chat/sources.js" suffix(, 0)
    }},
    {FILE_AT("views/chat/stream.js"){
#embed "page/views/chat/stream.js" suffix(, 0)
    }},
    {FILE_AT("views/chat/suggestions.js"){
#embed "page/views/chat/suggestions.js" suffix(, 0)
    }},
    {FILE_AT("views/chat/tools.js"){
#embed "page/views/chat/tools.js" suffix(, 0)
    }},
    {FILE_AT("views/chat/variables.js"){
#embed "page/views/chat/variables.js" suffix(, 0)
    }},
    {FILE_AT("views/knowledge/collection.js"){
#embed "page/views/knowledge/collection.js" suffix(, 0)
    }},
    {FILE_AT("views/knowledge/collections.js"){
#embed "page/views/knowledge/collections.js" suffix(, 0)
    }},
    {FILE_AT("views/knowledge/search.js"){
#embed "page/views/knowledge/search.js" suffix(, 0)
    }},
    {FILE_AT("views/look.js"){
#embed "page/views/look.js" suffix(, 0)
    }},
    {FILE_AT("views/pending.js"){
#embed "page/views/pending.js" suffix(, 0)
    }},
    {FILE_AT("views/sections.js"){
#embed "page/views/sections.js" suffix(, 0)
    }},
    {FILE_AT("views/settings/account.js"){
#embed "page/views/settings/account.js" suffix(, 0)
    }},
    {FILE_AT("views/settings/interface.js"){
#embed "page/views/settings/interface.js" suffix(, 0)
    }},
    {FILE_AT("views/settings/key-editor.js"){
#embed "page/views/settings/key-editor.js" suffix(, 0)
    }},
    {FILE_AT("views/settings/keys.js"){
#embed "page/views/settings/keys.js" suffix(, 0)
    }},
    {FILE_AT("views/settings/memory.js"){
#embed "page/views/settings/memory.js" suffix(, 0)
    }},
    {FILE_AT("views/settings/plugins.js"){
#embed "page/views/settings/plugins.js" suffix(, 0)
    }},
    {FILE_AT("views/settings/settings.js"){
#embed "page/views/settings/settings.js" suffix(, 0)
    }},
    {FILE_AT("views/shell.js"){
#embed "page/views/shell.js" suffix(, 0)
    }},
    {FILE_AT("views/sign-in.js"){
#embed "page/views/sign-in.js" suffix(, 0)
    }},
    {FILE_AT("views/workspace/model-editor.js"){
#embed "page/views/workspace/model-editor.js" suffix(, 0)
    }},
    {FILE_AT("views/workspace/models.js"){
#embed "page/views/workspace/models.js" suffix(, 0)
    }},
    {FILE_AT("views/workspace/prompt-editor.js"){
#embed "page/views/workspace/prompt-editor.js" suffix(, 0)
    }},
    {FILE_AT("views/workspace/prompts.js"){
#embed "page/views/workspace/prompts.js" suffix(, 0)
    }},
    {FILE_AT("views/workspace/workspace.js"){
#embed "page/views/workspace/workspace.js" suffix(, 0)
    }},
};

const struct page_asset *page_asset_at(unsigned long index) {
    return index < sizeof assets / sizeof *assets ? assets + index : 0;
}
