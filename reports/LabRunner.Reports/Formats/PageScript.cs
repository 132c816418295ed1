using System.Security.Cryptography;
using System.Text;

namespace LabRunner.Reports.Formats;

/// <summary>The one script of a page. Comments of an XML reader stand around it, so that the page stays well-formed XML.</summary>
internal static class PageScript
{
    /// <summary>Exactly what stands between the tags.</summary>
    internal static string Text { get; } = $"//<![CDATA[\n{EmbeddedText.Read("report.js")}{EmbeddedText.Read("series.js")}//]]>\n";

    /// <summary>Its hash as a content security policy names it.</summary>
    internal static string Hash { get; } = "sha256-" + Convert.ToBase64String(SHA256.HashData(Encoding.UTF8.GetBytes(Text)));
}
