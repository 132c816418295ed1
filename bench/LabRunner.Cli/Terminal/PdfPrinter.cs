using System.Diagnostics;
using LabRunner.Hardware.Faults;

namespace LabRunner.Cli.Terminal;

/// <summary>Prints a page to PDF through the browser that suite S18 uses.</summary>
internal static class PdfPrinter
{
    private const string PathVariable = "LABRUNNER_CHROMIUM";
    private const string DebianPath = "/usr/bin/chromium";
    private static readonly TimeSpan Limit = TimeSpan.FromMinutes(2);

    /// <summary>Path of the browser.</summary>
    public static string Browser => Environment.GetEnvironmentVariable(PathVariable) is { Length: > 0 } told ? told : DebianPath;

    /// <summary>Prints.</summary>
    /// <param name="html">A file.</param>
    /// <param name="pdf">The file to write.</param>
    /// <param name="cancellationToken">Ends the browser.</param>
    /// <exception cref="BenchFaultException">Kind Machine: there is no browser, or it printed nothing.</exception>
    public static async Task PrintAsync(string html, string pdf, CancellationToken cancellationToken)
    {
        if (!File.Exists(Browser))
        {
            throw new BenchFaultException(FaultKind.Machine, Browser, "there is no browser that could print the PDF", $"sudo apt-get install --yes chromium, name one in {PathVariable}, or leave the PDF out with --no-pdf");
        }

        // A profile of its own: with the user's, a browser that runs already would take the order and print nothing.
        string profile = Directory.CreateTempSubdirectory("labrunner-print-").FullName;
        string printed = Path.Combine(profile, "page.pdf");
        try
        {
            ProcessStartInfo start = new(Browser) { RedirectStandardOutput = true, RedirectStandardError = true };
            foreach (string argument in (string[])
                ["--headless", "--disable-gpu", "--no-first-run", "--disable-background-networking", "--disable-component-update", $"--user-data-dir={profile}", "--no-pdf-header-footer", $"--print-to-pdf={printed}", .. Environment.UserName == "root" ? ["--no-sandbox"] : Array.Empty<string>(), new Uri(html).AbsoluteUri])
            {
                start.ArgumentList.Add(argument);
            }

            using Process browser = Process.Start(start)!;
            Task<string> said = browser.StandardError.ReadToEndAsync(CancellationToken.None);
            Task<string> told = browser.StandardOutput.ReadToEndAsync(CancellationToken.None);
            using CancellationTokenSource late = new(Limit, TimeProvider.System);
            using CancellationTokenSource either = CancellationTokenSource.CreateLinkedTokenSource(late.Token, cancellationToken);
            try
            {
                await browser.WaitForExitAsync(either.Token).ConfigureAwait(false);
            }
            catch (OperationCanceledException)
            {
                browser.Kill(entireProcessTree: true);
                cancellationToken.ThrowIfCancellationRequested();
            }

            if (!File.Exists(printed))
            {
                await Task.WhenAll(said, told).ConfigureAwait(false);
                throw new BenchFaultException(FaultKind.Machine, Browser, $"it printed no PDF ({(await said.ConfigureAwait(false)).Trim().Split('\n')[^1]})", "Try it by hand: chromium --headless --print-to-pdf, or leave the PDF out with --no-pdf");
            }

            File.Move(printed, pdf, overwrite: true);
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException or System.ComponentModel.Win32Exception)
        {
            throw new BenchFaultException(FaultKind.Machine, pdf, $"the PDF cannot be printed ({failure.Message})", "Free space, or leave the PDF out with --no-pdf", failure);
        }
        finally
        {
            Discard(profile);
        }
    }

    private static void Discard(string profile)
    {
        try
        {
            Directory.Delete(profile, recursive: true);
        }
        catch (IOException)
        {
            // A child process of the browser still writes to it; it lies in the machine's temporary folder.
        }
    }
}
