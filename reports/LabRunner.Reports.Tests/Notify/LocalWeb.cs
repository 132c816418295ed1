using System.Net;
using System.Text;

namespace LabRunner.Reports.Tests.Notify;

/// <summary>A request as it came.</summary>
internal sealed record WebRequest(string Method, string Path, IReadOnlyDictionary<string, string> Headers, byte[] Body)
{
    internal string Text => Encoding.UTF8.GetString(Body);
}

/// <summary>A web server of this process on a free port of the loopback; answers with what it is told.</summary>
internal sealed class LocalWeb : IAsyncDisposable
{
    private readonly HttpListener _listener;
    private readonly Task _loop;
    private readonly Func<int, WebRequest, (int Status, string Body)> _answer;
    private readonly string? _redirect;

    internal LocalWeb(Func<int, WebRequest, (int Status, string Body)> answer, string? redirect = null)
    {
        _redirect = redirect;
        _answer = answer;
        for (int port = 20_000 + (Environment.ProcessId % 20_000); ; port++)
        {
            // One that could not start is of no more use.
            _listener = new HttpListener();
            try
            {
                _listener.Prefixes.Add($"http://127.0.0.1:{port}/");
                _listener.Start();
                Address = $"http://127.0.0.1:{port}";
                break;
            }
            catch (HttpListenerException) when (port < 60_000)
            {
                // In use: the next one.
            }
        }

        _loop = ServeAsync();
    }

    internal string Address { get; }

    internal List<WebRequest> Requests { get; } = [];

    public async ValueTask DisposeAsync()
    {
        _listener.Stop();
        await _loop;
        _listener.Close();
    }

    private async Task ServeAsync()
    {
        while (true)
        {
            HttpListenerContext context;
            try
            {
                context = await _listener.GetContextAsync();
            }
            catch (Exception e) when (e is HttpListenerException or ObjectDisposedException or InvalidOperationException)
            {
                return;
            }

            using MemoryStream body = new();
            await context.Request.InputStream.CopyToAsync(body);
            WebRequest request = new(
                context.Request.HttpMethod, context.Request.RawUrl ?? "", context.Request.Headers.AllKeys.OfType<string>().ToDictionary(k => k, k => context.Request.Headers[k] ?? ""), body.ToArray());
            Requests.Add(request);
            (int status, string text) = _answer(Requests.Count, request);
            context.Response.StatusCode = status;
            context.Response.RedirectLocation = _redirect;
            await context.Response.OutputStream.WriteAsync(Encoding.UTF8.GetBytes(text));
            context.Response.Close();
        }
    }
}
