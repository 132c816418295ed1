using System.Reflection;
using LabRunner.Station.Access;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;

namespace LabRunner.Station.Page;

/// <summary>The files of the page, out of the program itself: nothing is read from disk, and no path from outside is a file name.</summary>
internal static class PageFiles
{
    private const string Prefix = "page/";

    private static readonly Dictionary<string, string> Mimes = new(StringComparer.Ordinal)
    {
        [".html"] = "text/html; charset=utf-8", [".js"] = "text/javascript; charset=utf-8", [".css"] = "text/css; charset=utf-8", [".svg"] = "image/svg+xml", [".webmanifest"] = "application/manifest+json",
    };

    /// <summary>An endpoint for each file, for anybody: the page shows nothing before it has asked the API.</summary>
    public static void Map(WebApplication app)
    {
        Assembly assembly = typeof(PageFiles).Assembly;
        foreach (string name in assembly.GetManifestResourceNames().Where(n => n.StartsWith(Prefix, StringComparison.Ordinal)))
        {
            using Stream stream = assembly.GetManifestResourceStream(name)!;
            byte[] bytes = new byte[stream.Length];
            stream.ReadExactly(bytes);
            string mime = Mimes[Path.GetExtension(name)];
            string path = name[Prefix.Length..];
            RequestDelegate answer = async context =>
            {
                context.Response.ContentType = mime;
                context.Response.Headers.CacheControl = "no-cache";
                await context.Response.Body.WriteAsync(bytes, context.RequestAborted).ConfigureAwait(false);
            };
            foreach (string route in path == "index.html" ? ["/", "/index.html"] : new[] { "/" + path })
            {
                app.MapMethods(route, [HttpMethods.Get, HttpMethods.Head], answer).WithMetadata(new NeededRole(null)).ExcludeFromDescription();
            }
        }
    }
}
