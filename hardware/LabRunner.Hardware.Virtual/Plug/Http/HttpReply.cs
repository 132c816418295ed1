using System.Globalization;
using System.Text;

namespace LabRunner.Hardware.Virtual.Plug.Http;

/// <summary>A reply: the status line is always "HTTP/1.1 code OK" ended by a bare LF, and there is never a Content-Length.</summary>
/// <param name="Status">Any number, also the firmware's negative ones.</param>
/// <param name="ContentType">MIME type.</param>
/// <param name="Body">Text.</param>
/// <param name="Location">Redirection target.</param>
internal sealed record HttpReply(int Status, string ContentType, string Body, string? Location = null)
{
    public static HttpReply Html(string body) => new(200, "text/html", body);

    public static HttpReply Json(string body, int status = 200) => new(status, "application/json", body);

    public static HttpReply Text(string body) => new(200, "text/plain", body);

    /// <summary>REST success or failure as rest_interface.c writes it.</summary>
    public static HttpReply Rest(int status, string message) => status == 200
        ? Json("{\"success\":200, \"msg\":\"" + message + "\"}")
        : Json(string.Create(CultureInfo.InvariantCulture, $"{{\"error\":{status}, \"msg\":\"{message}\"}}"), status);

    public byte[] ToBytes()
    {
        StringBuilder text = new();
        text.Append(CultureInfo.InvariantCulture, $"HTTP/1.1 {Status} OK\nContent-type: {ContentType}");
        if (Location is not null)
        {
            text.Append("\r\nLocation: ").Append(Location);
        }

        text.Append("\r\nAccess-Control-Allow-Origin: *\r\nAccess-Control-Allow-Headers: Origin, X-Requested-With, Content-Type, Accept");
        text.Append("\r\nConnection: close\r\n\r\n").Append(Body);
        return Encoding.UTF8.GetBytes(text.ToString());
    }
}
