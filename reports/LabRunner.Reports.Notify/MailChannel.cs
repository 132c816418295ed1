using MailKit.Net.Smtp;
using MailKit.Security;
using MimeKit;

namespace LabRunner.Reports.Notify;

/// <summary>E-mail by SMTP: the paragraph as plain text and the scorecard as an attached picture. TLS is asked for unless the file says none.</summary>
internal sealed class MailChannel(ChannelText text, string? password) : IChannel
{
    /// <inheritdoc/>
    public async Task TellAsync(NightNews news, CancellationToken cancellationToken)
    {
        using MimeMessage message = new();
        message.From.Add(MailboxAddress.Parse(text.From!));
        message.To.AddRange(text.To.Select(MailboxAddress.Parse));
        message.Subject = news.Subject;
        BodyBuilder body = new() { TextBody = news.TextWithLink };
        if (news.Picture is { } picture)
        {
            body.Attachments.Add("scorecard.png", picture, new ContentType("image", "png"));
        }

        message.Body = body.ToMessageBody();
        using SmtpClient client = new();
        await client.ConnectAsync(text.Server!, text.Port ?? 587, text.Tls == "none" ? SecureSocketOptions.None : SecureSocketOptions.Auto, cancellationToken).ConfigureAwait(false);
        if (text.Tls != "none" && !client.IsSecure)
        {
            throw new IOException($"{text.Server} offers no TLS; tls: none allows that for a server on this machine");
        }

        if (text.User is { Length: > 0 } user)
        {
            await client.AuthenticateAsync(user, password ?? "", cancellationToken).ConfigureAwait(false);
        }

        await client.SendAsync(message, cancellationToken).ConfigureAwait(false);
        await client.DisconnectAsync(quit: true, cancellationToken).ConfigureAwait(false);
    }
}
