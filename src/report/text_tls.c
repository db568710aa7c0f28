/* A TLS handshake in a line: how it went, version, cipher, with whom. */
#include "base/ciphers.h"
#include "report/dataset.h"
#include "report/names.h"
#include "report/text.h"
#include "report/text_parts.h"

#define WIDTH_RESULT 11
#define WIDTH_VIA    8

static const char *result_of(const struct helo_tls *tls)
{
    if (!tls->has_established)
        return "unknown";
    if (!tls->established)
        return "failed";
    return tls->has_resumed && tls->resumed ? "resumed" : "established";
}

static void alerts(struct line *line, const struct helo_tls *tls)
{
    for (int i = 0; i < HELO_SIDES; i++) {
        const char *name = name_of_alert(tls->alert[i]);
        if (!tls->has_alert[i])
            continue;
        line_string(line, "  ");
        line_string(line, name_of_side((enum helo_side)i));
        line_string(line, " alert ");
        if (name != NULL)
            line_string(line, name);
        else
            line_u64(line, tls->alert[i]);
    }
}

static void certificate(struct line *line, const struct helo_tls *tls)
{
    if (!tls->has_certificate)
        return;
    line_string(line, tls->self_signed ? "  self-signed " : "  certificate ");
    text_field(line, tls->subject, TEXT_NAME_COLUMNS);
}

void text_tls(struct line *line, const struct helo_event *event, bool colour)
{
    const struct helo_tls *tls = event->of.tls;
    const char *cipher = tls->has_cipher ? cipher_name(tls->cipher) : NULL;

    text_tint(line, dataset_of(HELO_DATASET_TLS)->span(event).outcome, colour);
    size_t from = line->len;
    line_string(line, result_of(tls));
    text_pad(line, from, WIDTH_RESULT);
    text_untint(line, colour);
    line_string(line, "  ");
    from = line->len;
    line_string(line, tls->starttls ? "STARTTLS" : "implicit");
    text_pad(line, from, WIDTH_VIA);
    if (name_of_tls_version(tls->version) != NULL) {
        line_string(line, "  ");
        text_tls_version(line, tls->version);
    }
    if (cipher != NULL) {
        line_string(line, "  ");
        line_string(line, cipher);
    }
    if (tls->server_name.len > 0) {
        line_string(line, "  for ");
        text_field(line, tls->server_name, TEXT_NAME_COLUMNS);
    }
    certificate(line, tls);
    alerts(line, tls);
}
