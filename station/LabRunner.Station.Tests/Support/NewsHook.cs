using System.Text.Json;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;

namespace LabRunner.Station.Tests.Support;

/// <summary>A web hook that keeps what it is told. Thread safe.</summary>
internal sealed class NewsHook : IAsyncDisposable
{
    private readonly List<string> _told = [];
    private WebApplication _app = null!;

    private NewsHook()
    {
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
        hook._app = await LocalServer.StartAsync(async context =>
        {
            JsonElement body = await context.Request.ReadFromJsonAsync<JsonElement>();
            lock (hook._told)
            {
                hook._told.Add(body.GetProperty("text").GetString()!);
            }
        });
        return hook;
    }

    public ValueTask DisposeAsync() => _app.DisposeAsync();
}
