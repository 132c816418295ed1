using System.CommandLine;
using System.Text.Json;
using LabRunner.Bench.Hosting;
using LabRunner.Cli.Terminal;
using LabRunner.Hardware.Faults;
using LabRunner.Reports.Formats;
using LabRunner.Reports.Records;
using LabRunner.Reports.Variant;

namespace LabRunner.Cli.Commands;

/// <summary><c>report RUN</c>: draws the report of a run folder again; with <c>--variant</c> the validation report of a board.</summary>
internal sealed class ReportVerb : IVerb
{
    private readonly Argument<string[]> _runs = new("run") { Description = "Run folder; with --variant several: the probe's and the nights that asked the same slot.", Arity = ArgumentArity.OneOrMore };
    private readonly Option<bool> _variant = new("--variant") { Description = "Draw the validation report of a PCB variant, HTML and PDF, for a hardware engineer to sign." };
    private readonly Option<string?> _slot = new("--slot") { Description = "With --variant: the slot. Default: the one that was probed." };
    private readonly Option<bool> _noPdf = new("--no-pdf") { Description = "With --variant: HTML alone." };
    private readonly Option<string?> _reference = new("--reference") { Description = "Run folder of the version to hold it against, beside the night before." };
    private readonly Option<bool> _allure = new("--allure") { Description = $"Call the Allure generator too (npm's allure 3 or allure-commandline 2 in PATH, or named by {AllureGenerator.Variable})." };
    private readonly Option<string[]> _series = new("--series") { Description = "Write every sample as csv or parquet too.", AllowMultipleArgumentsPerToken = true };
    private readonly Option<bool> _json = new("--json") { Description = "Print the scorecard as JSON." };

    public Command Build()
    {
        Command command = new("report", "Draw the report of a run again, from its folder alone. Example: ./lab report runs/20260101T200000Z-my-lab --allure") { _runs, _reference, _allure, _series, _variant, _slot, _noPdf, _json };
        command.SetAction(RunAsync);
        return command;
    }

    private async Task<int> RunAsync(ParseResult parsed, CancellationToken cancellationToken)
    {
        string[] folders = [.. parsed.GetValue(_runs)!.Select(Folder)];
        if (parsed.GetValue(_variant))
        {
            if (parsed.GetValue(_reference) is not null || parsed.GetValue(_allure) || parsed.GetValue(_series) is { Length: > 0 })
            {
                throw new UsageException("report: --variant is a document of its own, without --reference, --allure and --series.");
            }

            return await VariantAsync(parsed, folders, cancellationToken).ConfigureAwait(false);
        }

        if (folders.Length > 1 || parsed.GetValue(_slot) is not null || parsed.GetValue(_noPdf))
        {
            throw new UsageException(folders.Length > 1 ? "report: several runs make a report with --variant only. Name one, or use ./lab compare or ./lab trend." : "report: --slot and --no-pdf are for --variant.");
        }

        string folder = folders[0];
        string? reference = parsed.GetValue(_reference) is { } named ? Folder(named) : null;
        string[] series = parsed.GetValue(_series) ?? [];
        if (series.FirstOrDefault(s => s is not ("csv" or "parquet")) is { } wrong)
        {
            throw new UsageException($"--series: '{wrong}' is no format. Write csv or parquet.");
        }

        Scorecard card = ReportRenderer.Render(folder, reference);
        bool json = parsed.GetValue(_json);
        ScorecardView.Print(card, json);
        foreach (string format in series.Distinct())
        {
            Say(json, $"Series: {await ReportRenderer.ExportSeriesAsync(folder, format, cancellationToken).ConfigureAwait(false)}");
        }

        if (parsed.GetValue(_allure))
        {
            await AllureAsync(json, folder, cancellationToken).ConfigureAwait(false);
        }

        return (int)ScorecardView.ToExitCode(card);
    }

    private async Task<int> VariantAsync(ParseResult parsed, string[] folders, CancellationToken cancellationToken)
    {
        (string html, VariantVerdict verdict) = Variant(folders, parsed.GetValue(_slot));
        string? pdf = parsed.GetValue(_noPdf) ? null : Path.ChangeExtension(html, ".pdf");
        if (pdf is not null)
        {
            await PdfPrinter.PrintAsync(html, pdf, cancellationToken).ConfigureAwait(false);
        }

        if (parsed.GetValue(_json))
        {
            Console.WriteLine(JsonSerializer.Serialize(new { html, pdf, verdict = verdict.Verdict.ToText(), verdict.Sentence, verdict.Discounted, verdict.Failed, verdict.NotTested }, JsonSerializerOptions.Web));
        }
        else
        {
            foreach (string line in (string[])[.. verdict.Discounted, .. verdict.Failed, $"{verdict.Verdict.ToText()} {verdict.Sentence}"])
            {
                Console.WriteLine(SafeText.OneLine(line));
            }

            Console.WriteLine($"Validation report: {html}{(pdf is null ? "" : $"\nFor signing:       {pdf}")}");
        }

        return (int)ScorecardView.ToExitCode(verdict.Verdict);
    }

    private static (string Html, VariantVerdict Verdict) Variant(string[] folders, string? slot)
    {
        try
        {
            return VariantReport.Render(folders, slot);
        }
        catch (BenchFaultException fault) when (fault.Kind == FaultKind.Configuration)
        {
            throw new UsageException($"report: {fault.Problem}. {fault.Remedy}.");
        }
    }

    // The night's report is drawn by now: that Allure's page is missing changes nothing of what is known of the product.
    private static async Task AllureAsync(bool json, string folder, CancellationToken cancellationToken)
    {
        try
        {
            Say(json, $"Allure: {await AllureGenerator.GenerateAsync(folder, cancellationToken).ConfigureAwait(false)}");
        }
        catch (BenchFaultException fault)
        {
            await Console.Error.WriteLineAsync($"No Allure page. {fault.Message}").ConfigureAwait(false);
        }
    }

    private static void Say(bool json, string line) => (json ? Console.Error : Console.Out).WriteLine(line);

    private static string Folder(string run)
    {
        string folder = Path.GetFullPath(run);
        return File.Exists(Path.Combine(folder, "journal.db"))
            ? folder
            : throw new UsageException($"report: {folder} is no run folder, it has no journal.db. Name a folder below runs/.");
    }
}
