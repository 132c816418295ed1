using System.Text.Json;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;

namespace LabRunner.Station.Tests.Support;

/// <summary>A web hook that keeps what it is told. Thread safe.</summary>
internal sealed class NewsHook : IAsyncDisposable
{
    private readonly List<string> _told = [];
    private readonly WebApplication _app;

    private NewsHook()
    {
        WebApplicationBuilder builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        _app = builder.Build();
        _app.Run(async context =>
        {
            JsonElement body = await context.Request.ReadFromJsonAsync<JsonElement>();
            lock (_told)
            {
                _told.Add(body.GetProperty("text").GetString()!);
            }
        });
    }

    public string Address => $"{_app.Urls.Single()}/";

    /// <summary>Texts, oldest first.</summary>
    public IReadOnlyList<string> Told
    {
        get
        {
            lock (_told)
            {
                return [.. _told];
            }
        }
    }

    public static async Task<NewsHook> StartAsync()
    {
        NewsHook hook = new();
        await hook._app.StartAsync();
        return hook;
    }

    public ValueTask DisposeAsync() => _app.DisposeAsync();
}
