using LabRunner.Reports.Formats;

namespace LabRunner.Reports.Tests.Formats;

public sealed class RenderTests
{
    [Test]
    public void Render_SmokeNight_WritesAllFormats()
    {
        using TestRun night = Nights.Smoke();

        Scorecard card = ReportRenderer.Render(night.Folder);

        ReportPaths paths = card.Paths!;
        if (TestContext.Parameters["keep"] is { } keep)
        {
            File.Copy(paths.Html, keep, overwrite: true);
        }

        Assert.That(new[] { paths.Html, paths.Json, paths.JUnit }.Select(p => new FileInfo(p).Length), Is.All.GreaterThan(500));
    }
}
