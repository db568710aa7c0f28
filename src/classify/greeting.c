/* Greetings and opening lines. */
#include "classify/greeting.h"

#include <string.h>
#include <strings.h>

static bool is_digit(uint8_t c)
{
    return c >= '0' && c <= '9';
}

static bool is_letter(uint8_t c)
{
    return (c | 0x20) >= 'a' && (c | 0x20) <= 'z';
}

/* A part of a host's name, or of a word. */
static bool is_name(uint8_t c)
{
    return is_letter(c) || is_digit(c) || c == '.' || c == '-' || c == '_';
}

static bool begins(struct helo_slice text, const char *word)
{
    size_t len = strlen(word);
    return text.len >= len && strncasecmp((const char *)text.ptr, word, len) == 0;
}

static struct helo_slice behind(struct helo_slice text, size_t n)
{
    return (struct helo_slice){text.ptr + n, text.len - n};
}

/* The word stands in the text by itself: smtp in a host's name says nothing. */
static bool has_word(struct helo_slice text, const char *word)
{
    size_t len = strlen(word);
    for (size_t i = 0; i + len <= text.len; i++) {
        bool alone = (i == 0 || !is_name(text.ptr[i - 1])) &&
                     (i + len == text.len || !is_name(text.ptr[i + len]));
        if (alone && begins(behind(text, i), word))
            return true;
    }
    return false;
}

/* ftp at the beginning or end of a word: FTP, vsFTPd, ProFTPD, Pure-FTPd, but no ftp.example.org.
 */
static bool names_ftp(struct helo_slice text)
{
    for (size_t i = 0; i + 3 <= text.len; i++) {
        struct helo_slice at = behind(text, i);
        size_t end = i + 3 + (begins(at, "ftpd") ? 1 : 0);
        if (begins(at, "ftp") &&
            (end == text.len || text.ptr[end] == '-' || !is_name(text.ptr[end])))
            return true;
    }
    return has_word(text, "FileZilla");
}

static bool names_smtp(struct helo_slice text)
{
    static const char *const WORDS[] = {"SMTP", "ESMTP",   "ESMTPS", "ESMTPSA",
                                        "LMTP", "Postfix", "Exim",   "Sendmail"};
    for (size_t i = 0; i < sizeof(WORDS) / sizeof(WORDS[0]); i++) {
        if (has_word(text, WORDS[i]))
            return true;
    }
    return false;
}

/* An enhanced status code (RFC 3463), which only mail has. */
static bool has_enhanced_code(struct helo_slice text)
{
    return text.len >= 5 && strchr("245", text.ptr[0]) != NULL && text.ptr[1] == '.' &&
           is_digit(text.ptr[2]) && text.ptr[3] == '.' && is_digit(text.ptr[4]);
}

/* Cuts the first line off; false if it has no end. */
static bool next_line(struct helo_slice *rest, struct helo_slice *line)
{
    const uint8_t *lf = rest->len > 0 ? memchr(rest->ptr, '\n', rest->len) : NULL;
    if (lf == NULL)
        return false;
    *line = (struct helo_slice){rest->ptr, (size_t)(lf - rest->ptr)};
    if (line->len > 0 && line->ptr[line->len - 1] == '\r')
        line->len--;
    *rest = behind(*rest, (size_t)(lf - rest->ptr) + 1);
    return true;
}

/* A code, and a blank, a hyphen or nothing. */
static bool begins_with_code(struct helo_slice text)
{
    static const uint8_t least[] = "200", most[] = "599";
    for (size_t i = 0; i < 3 && i < text.len; i++) {
        if (!is_digit(text.ptr[i]) || (i == 0 && (text.ptr[0] < least[0] || text.ptr[0] > most[0])))
            return false;
    }
    return text.len < 4 || memchr(" -\r\n", text.ptr[3], 4) != NULL;
}

static enum greeting judge_text(struct helo_slice text)
{
    if (names_smtp(text) || has_enhanced_code(text))
        return GREETING_SMTP;
    return names_ftp(text) ? GREETING_FTP : GREETING_PLAIN;
}

enum greeting greeting_of(struct helo_slice server, bool whole)
{
    static const char *const CODES[] = {"220", "421", "521", "554"};
    struct helo_slice rest = server, line;
    bool is_greeting = false;

    if (!begins_with_code(server))
        return GREETING_NOT;
    if (server.len < 4)
        return whole ? GREETING_NUMBER : GREETING_MORE;
    for (size_t i = 0; i < sizeof(CODES) / sizeof(CODES[0]); i++)
        is_greeting |= begins(server, CODES[i]);
    if (!is_greeting)
        return GREETING_NUMBER;
    enum greeting found = GREETING_MORE;
    while (next_line(&rest, &line)) {
        enum greeting said = judge_text(line.len > 4 ? behind(line, 4) : behind(line, line.len));
        if (found == GREETING_MORE || found == GREETING_PLAIN || said == GREETING_SMTP)
            found = said;
        if (line.len < 4 || line.ptr[3] != '-')
            return found;
    }
    if (found == GREETING_SMTP)
        return found;
    if (!whole)
        return GREETING_MORE;
    return rest.len > 4 && found == GREETING_MORE ? judge_text(behind(rest, 4)) : GREETING_PLAIN;
}

bool opening_is_text(struct helo_slice client)
{
    size_t n = 0;
    while (n < client.len && (is_letter(client.ptr[n]) || (n > 0 && client.ptr[n] == '-')))
        n++;
    return n > 0 && (n == client.len || memchr(" \t\r\n", client.ptr[n], 4) != NULL);
}

/* The argument of a hello is one word. */
static bool is_hello(struct helo_slice line)
{
    if (!begins(line, "EHLO ") && !begins(line, "HELO ") && !begins(line, "LHLO "))
        return false;
    struct helo_slice name = behind(line, 5);
    while (name.len > 0 && name.ptr[name.len - 1] == ' ')
        name.len--;
    return name.len > 0 && memchr(name.ptr, ' ', name.len) == NULL;
}

/* FTP has an AUTH as well (RFC 2228), with other mechanisms but for GSSAPI, which both have. */
static bool is_mail_auth(struct helo_slice line)
{
    static const char *const FTP[] = {"TLS", "SSL", "GSSAPI", "KERBEROS"};
    if (!begins(line, "AUTH ") || line.len == 5 || !is_letter(line.ptr[5]))
        return false;
    for (size_t i = 0; i < sizeof(FTP) / sizeof(FTP[0]); i++) {
        if (begins(behind(line, 5), FTP[i]))
            return false;
    }
    return true;
}

/* A reply whose enhanced status code (RFC 2034), which only mail has, is of the reply's class. */
static bool is_enhanced_reply(struct helo_slice line)
{
    return line.len > 9 && begins_with_code(line) && line.ptr[4] == line.ptr[0] &&
           line.ptr[0] != '3' && has_enhanced_code(behind(line, 4));
}

bool opening_is_of_mail(struct helo_slice line)
{
    return is_hello(line) || begins(line, "MAIL FROM:<") || begins(line, "RCPT TO:<") ||
           is_enhanced_reply(line);
}

enum opening opening_of(struct helo_slice client)
{
    /* What FTP (RFC 959) and SMTP both know. */
    static const char *const SHARED[] = {"NOOP", "QUIT", "HELP", ""};
    struct helo_slice rest = client, line;

    while (next_line(&rest, &line)) {
        bool shared = false;
        if (is_hello(line) || begins(line, "MAIL FROM:") || is_mail_auth(line))
            return OPENING_SMTP;
        for (size_t i = 0; i < sizeof(SHARED) / sizeof(SHARED[0]); i++)
            shared |= line.len == strlen(SHARED[i]) && begins(line, SHARED[i]);
        if (!shared)
            return OPENING_FOREIGN;
    }
    return OPENING_MORE;
}
