using LabRunner.Bench.Api;
using LabRunner.Bench.Inventory;
using LabRunner.Fixtures;
using LabRunner.Hardware.Plugs;
using LabRunner.Reports.Records;
using LabRunner.Suites.Common;
using NUnit.Framework;

namespace LabRunner.Suites.S06_OtaPowerCuts;

/// <summary>How long the stretches of an update last on this DUT, run time.</summary>
internal sealed record UpdateTimes(IReadOnlyDictionary<CutStratum, TimeSpan> Of);

/// <summary>What a cut led to.</summary>
/// <param name="Cut">When the supply was cut, run time.</param>
/// <param name="Landed">Stretch in which it landed, as observed.</param>
/// <param name="Into">How far into the stretch.</param>
internal sealed record CutOutcome(TimeSpan Cut, CutStratum Landed, TimeSpan Into)
{
    public List<string> Problems { get; } = [];

    public List<string> Evidence { get; } = [];

    /// <summary>Power cycles until it served, from 1; null: it took more than that.</summary>
    public int? Cycles { get; set; }

    /// <summary>Version that serves afterwards; null: none.</summary>
    public string? Runs { get; set; }

    public bool Brick { get; set; }

    /// <summary>It serves with a firmware that is none of the bench's: nobody can say what another update would do to it.</summary>
    public bool Foreign { get; set; }

    /// <summary>When it served again, or was given up; run time.</summary>
    public TimeSpan Recovered { get; set; }
}

/// <summary>Updates of a DUT of which the supply is cut.</summary>
internal sealed class CutUpdate(SuiteContext lab, OtaPowerCutsParameters parameters, FirmwarePair pair)
{
    private const int PowerCycles = 3;
    private const int ShortBoots = 5;

    // Shorter than the time after which a boot counts as complete (5 s): five of them in a row are the way into safe mode.
    private static readonly TimeSpan ShortBoot = TimeSpan.FromSeconds(2);

    private static readonly TimeSpan Settling = TimeSpan.FromMilliseconds(500);

    // Longest time of a stretch that the console does not show to be over; an upload that is slower than that has stalled.
    private static readonly TimeSpan StretchLimit = TimeSpan.FromSeconds(120);

    private FirmwareDescription _old = null!;
    private FirmwareDescription _new = null!;
    private PlugSettings _settings = null!;

    // What the device has acknowledged it may not have read yet.
    private static readonly TimeSpan Drained = TimeSpan.FromSeconds(3);

    private readonly SwitchAim _aim = new();

    // From the order to cut until it is confirmed, learned from cut to cut.
    private TimeSpan _latency;

    /// <summary>An update that is not cut; it boots by power, as those of the stratum first boot do.</summary>
    public async Task<UpdateTimes> MeasureAsync()
    {
        byte[] image = await ReadyAsync();
        long mark = await lab.Bench.MarkConsoleAsync(lab.Slot, lab.Token);
        await using IntentScope intent = await lab.IntentAsync(IntentKinds.Ota, $"update to {_new.Version}, not cut");
        await UploadWholeAsync(image);
        await lab.DelayAsync(Settling);
        OtaConsole told = await OtaConsole.ReadAsync(lab, mark);
        Assert.That(
            told is { Erasing: not null, Writing: not null, Switching: not null, Switched: not null }, Is.True,
            "The console does not tell the steps of an update: without them nobody knows where a cut lands.");
        SupplyCut cut = await lab.CutSupplyAsync(parameters.Off, beforeOn: async () => mark = await lab.Bench.MarkConsoleAsync(lab.Slot, lab.Token));
        Learn(cut.Off - cut.Ordered);
        ConsoleText? banner = await lab.Bench.ExpectAsync(lab.Slot, ConsoleLines.Banner, mark, parameters.RecoverLimit, lab.Token);
        Assert.That(banner, Is.Not.Null, "The updated firmware printed no banner; no cut was made.");
        await lab.AnswersWithinAsync(parameters.RecoverLimit);
        await lab.WaitUntilBootIsCompleteAsync();
        return new UpdateTimes(new Dictionary<CutStratum, TimeSpan>
        {
            [CutStratum.Erase] = told.Writing!.Value - told.Erasing!.Value, [CutStratum.Write] = told.Switching!.Value - told.Writing.Value,
            [CutStratum.TableSwitch] = told.Switched!.Value - told.Switching.Value, [CutStratum.FirstBoot] = banner!.At - cut.OnOrdered,
        });
    }

    /// <summary>An update that is cut.</summary>
    /// <param name="stratum">Where to aim.</param>
    /// <param name="share">How far into it, 0 to 1.</param>
    /// <param name="times">How long it lasts.</param>
    public async Task<CutOutcome> CutAsync(CutStratum stratum, double share, UpdateTimes times)
    {
        byte[] image = await ReadyAsync();
        await using IntentScope update = await lab.IntentAsync(IntentKinds.Ota, $"update to {_new.Version}, to be cut in {stratum}");
        await using IntentScope cut = await lab.IntentAsync(IntentKinds.PowerCut, $"power cut in {stratum} of an update");
        CutOutcome outcome = stratum == CutStratum.FirstBoot
            ? await CutFirstBootAsync(image, share * times.Of[stratum])
            : await CutUploadAsync(image, stratum, share, times);
        if (stratum == CutStratum.TableSwitch)
        {
            _aim.Learn(outcome.Landed, times.Of[stratum]);
        }

        await lab.DelayUntilAsync(outcome.Cut + parameters.Off);
        await BringBackAsync(outcome);
        return outcome;
    }

    private async Task<byte[]> ReadyAsync()
    {
        await lab.WaitUntilBootIsCompleteAsync();
        _old = await FirmwarePair.RequireRunningAsync(lab);
        _new = pair.Other(_old);
        _settings = await PlugSettings.ReadAsync(lab.Plug, lab.Token);
        return await FirmwarePair.ReadAsync(_new);
    }

    private async Task UploadWholeAsync(byte[] image)
    {
        OtaUploadReply reply = await lab.Plug.UploadOtaAsync(image, OtaSending.Plain, lab.Token);
        Assert.That(reply.Accepted, Is.True, $"A sound update was not taken: {reply.StatusLine ?? reply.Failure} {reply.Body}");
    }

    private async Task<CutOutcome> CutUploadAsync(byte[] image, CutStratum stratum, double share, UpdateTimes times)
    {
        long mark = await lab.Bench.MarkConsoleAsync(lab.Slot, lab.Token);
        using CancellationTokenSource stop = CancellationTokenSource.CreateLinkedTokenSource(lab.Token);
        LastByte? last = stratum == CutStratum.TableSwitch ? new LastByte() : null;
        Task upload = UploadUntilAsync(image, new OtaSending { BeforeLast = last is null ? null : last.HoldAsync }, stop.Token);
        TimeSpan cut = last is null ? await CutAtAsync(await DueAsync(stratum, share, times, mark)) : await CutSwitchAsync(last, upload, share * times.Of[stratum]);
        await stop.CancelAsync();
        await upload;
        await lab.DelayAsync(Settling);
        OtaConsole told = await OtaConsole.ReadAsync(lab, mark);
        CutStratum landed = told.Stratum ?? CutStratum.Between;
        TimeSpan began = landed switch
        {
            CutStratum.Erase => told.Erasing!.Value, CutStratum.Write => told.Writing!.Value, CutStratum.TableSwitch => told.Switching!.Value, _ => told.Switched ?? cut,
        };
        return new CutOutcome(cut, landed, cut - began);
    }

    private async Task<TimeSpan> DueAsync(CutStratum stratum, double share, UpdateTimes times, long mark)
    {
        string start = stratum == CutStratum.Erase ? OtaConsole.EraseLine : OtaConsole.WriteLine;
        ConsoleText? line = await lab.Bench.ExpectAsync(lab.Slot, start, mark, StretchLimit, lab.Token);
        Assert.That(line, Is.Not.Null, $"The console did not tell of {stratum} within {DurationText.Format(StretchLimit)}: the upload stalled (F30).");
        return line!.At + (share * times.Of[stratum]);
    }

    private async Task<TimeSpan> CutAtAsync(TimeSpan at)
    {
        await lab.DelayUntilAsync(at - _latency);
        return await OffAsync();
    }

    // The table switch is over too soon to wait for one of its lines, and no upload is so even that its end can be foretold: its beginning is the suite's.
    private async Task<TimeSpan> CutSwitchAsync(LastByte last, Task upload, TimeSpan into)
    {
        await Task.WhenAny(last.Held, upload, lab.DelayAsync(StretchLimit));
        Assert.That(last.Held.IsCompleted, Is.True, $"The body of the update was not taken within {DurationText.Format(StretchLimit)}: the upload stalled (F30), or broke.");
        await lab.DelayAsync(Drained);
        TimeSpan lead = _aim.Lead + into - _latency;
        if (lead >= TimeSpan.Zero)
        {
            last.Release();
            await lab.DelayAsync(lead);
            return await OffAsync();
        }

        Task<TimeSpan> off = OffAsync();
        await lab.DelayAsync(-lead);
        last.Release();
        return await off;
    }

    private async Task UploadUntilAsync(byte[] image, OtaSending sending, CancellationToken token)
    {
        try
        {
            await lab.Plug.UploadOtaAsync(image, sending, token);
        }
        catch (Exception cut) when (cut is OperationCanceledException or PlugUnreachableException)
        {
            lab.Token.ThrowIfCancellationRequested();
        }
    }

    private async Task<CutOutcome> CutFirstBootAsync(byte[] image, TimeSpan into)
    {
        await UploadWholeAsync(image);
        long mark = 0;
        SupplyCut first = await lab.CutSupplyAsync(parameters.Off, beforeOn: async () => mark = await lab.Bench.MarkConsoleAsync(lab.Slot, lab.Token));
        Learn(first.Off - first.Ordered);
        TimeSpan on = first.OnOrdered;
        await lab.DelayUntilAsync(on + into - _latency);
        TimeSpan cut = await OffAsync();
        await lab.DelayAsync(Settling);
        IReadOnlyList<ConsoleText> lines = await lab.Bench.ReadConsoleAsync(lab.Slot, mark, 1, lab.Token);
        return new CutOutcome(cut, lines.Count == 0 ? CutStratum.FirstBoot : CutStratum.Between, cut - on);
    }

    private async Task<TimeSpan> OffAsync()
    {
        TimeSpan asked = lab.Now;
        await lab.Bench.SwitchPowerAsync(lab.Slot, false, lab.Token);
        TimeSpan took = lab.Now - asked;
        Learn(took);
        return asked + (took / 2);
    }

    // Half of the whole round trip is on the way there.
    private void Learn(TimeSpan took) => _latency = _latency == TimeSpan.Zero ? took / 2 : ((3 * _latency) + (took / 2)) / 4;

    private async Task BringBackAsync(CutOutcome outcome)
    {
        long mark = await lab.Bench.MarkConsoleAsync(lab.Slot, lab.Token);
        PlugInfo? info = null;
        for (int cycle = 1; cycle <= PowerCycles && info is null; cycle++)
        {
            info = await CycleAsync(cycle == 1);
            outcome.Cycles = info is null ? null : cycle;
            outcome.Evidence.Add(info is null ? $"power cycle {cycle}: no answer within {DurationText.Format(parameters.RecoverLimit)}" : $"power cycle {cycle}: up {info.UptimeSeconds} s, {info.Build}");
        }

        info ??= await BySafeModeAsync(outcome);
        outcome.Recovered = lab.Now;
        if (info is null)
        {
            bool banner = await lab.Bench.ExpectAsync(lab.Slot, ConsoleLines.Banner, mark, TimeSpan.Zero, lab.Token) is not null;
            outcome.Brick = !banner;
            outcome.Problems.Add(banner
                ? "it boots but serves nothing after three power cycles and five short boots"
                : "a brick: no banner after three power cycles and five short boots; it must be flashed over its UART");
            return;
        }

        if (outcome.Cycles is null)
        {
            outcome.Problems.Add("it came back only by five short boots into safe mode, which nobody does to a plug in a wall");
        }

        await JudgeAsync(outcome, info);
    }

    private async Task<PlugInfo?> CycleAsync(bool isOff)
    {
        await using IntentScope intent = await lab.IntentAsync(IntentKinds.PowerCut, "power after a cut in an update");
        if (isOff)
        {
            await lab.Bench.SwitchPowerAsync(lab.Slot, true, lab.Token);
        }
        else
        {
            await lab.CutSupplyAsync(parameters.Off);
        }

        return await lab.AnswersWithinAsync(parameters.RecoverLimit);
    }

    private async Task<PlugInfo?> BySafeModeAsync(CutOutcome outcome)
    {
        await using IntentScope intent = await lab.IntentAsync(IntentKinds.PowerCut, "five short boots into safe mode after a cut in an update");
        for (int boot = 0; boot < ShortBoots; boot++)
        {
            await lab.CutSupplyAsync(ShortBoot);
            await lab.DelayAsync(ShortBoot);
        }

        PlugPageState? page = await lab.UntilAsync<PlugPageState>(async () => await lab.Plug.GetPageStateAsync(lab.Token), parameters.RecoverLimit);
        outcome.Evidence.Add(page is null ? "five short boots: no page" : $"five short boots: a page answers{(page.SafeMode ? " in safe mode" : "")}");
        return page is null ? null : await CycleAsync(isOff: false);
    }

    private async Task JudgeAsync(CutOutcome outcome, PlugInfo info)
    {
        bool runsOld = FirmwarePair.Runs(info.Build, _old);
        outcome.Runs = runsOld ? _old.Version : FirmwarePair.Runs(info.Build, _new) ? _new.Version : info.Build;
        if (outcome.Runs == info.Build)
        {
            outcome.Foreign = true;
            outcome.Problems.Add($"it runs '{info.Build}', neither {_old.Version} nor {_new.Version}");
        }

        // Nothing points to slot B before the table is switched.
        if (!runsOld && outcome.Landed is CutStratum.Erase or CutStratum.Write && outcome.Runs == _new.Version)
        {
            outcome.Problems.Add($"it runs {_new.Version} although the cut came before the table was switched");
        }

        outcome.Problems.AddRange(_settings.Differences(await PlugSettings.ReadAsync(lab.Plug, lab.Token)));
        if ((await lab.Plug.GetPageStateAsync(lab.Token)).SafeMode)
        {
            outcome.Problems.Add("it is in safe mode");
        }
    }
}
