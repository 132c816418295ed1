using LabRunner.Bench.Api;
using LabRunner.Fixtures;
using LabRunner.Hardware.Plugs;
using LabRunner.Reports.Records;

namespace LabRunner.Suites.Common;

/// <summary>A suite that updates the DUT hands it back with the firmware that it got it with: that is the one under test.</summary>
internal static class FirmwareKept
{
    private static readonly TimeSpan BootLimit = TimeSpan.FromSeconds(60);

    /// <summary>Has the test end with an update back to what runs now, where it leaves the other. A DUT that is down is left alone.</summary>
    /// <param name="lab">Context.</param>
    /// <param name="pair">Firmware of the bench.</param>
    /// <param name="own">What it is handed back with where that is known otherwise: a test that goes on after a death of the runner may find what it had sent itself.</param>
    public static async Task KeepFirmwareAsync(this SuiteContext lab, FirmwarePair pair, FirmwareDescription? own = null)
    {
        if (own is null && await SuiteContext.TryAsync<PlugInfo>(async () => await lab.Plug.GetInfoAsync(lab.Token)) is { } info)
        {
            own = Array.Find([pair.A, pair.B], firmware => FirmwarePair.Runs(info.Build, firmware));
        }

        if (own is not null)
        {
            lab.AtEnd(token => UpdateBackAsync(lab, own, token));
        }
    }

    private static async Task UpdateBackAsync(SuiteContext lab, FirmwareDescription own, CancellationToken token)
    {
        PlugInfo now = await lab.Plug.GetInfoAsync(token);
        if (lab.Token.IsCancellationRequested || FirmwarePair.Runs(now.Build, own))
        {
            return;
        }

        // An update sooner would be one of a boot that is not complete.
        await lab.UntilAsync(lab.IsBootCompleteAsync, await lab.CompleteLimitAsync());
        byte[] image = await FirmwarePair.ReadAsync(own);
        await using IntentScope intent = await lab.IntentAsync(IntentKinds.Ota, $"update back to {own.Version}", ("version", own.Version));
        if ((await lab.Plug.UploadOtaAsync(image, OtaSending.Plain, token)).Accepted)
        {
            await lab.Plug.RebootAsync(token);
            await lab.UntilAsync(
                async () => FirmwarePair.Runs((await lab.Plug.GetInfoAsync(token)).Build, own) && await lab.IsBootCompleteAsync(), BootLimit + await lab.CompleteLimitAsync());
        }
    }
}
