using System.Globalization;
using LabRunner.Bench.Api;
using LabRunner.Fixtures;
using LabRunner.Fixtures.Pages;
using LabRunner.Hardware.Plugs;
using LabRunner.Reports.Records;
using LabRunner.Suites.Common;
using Microsoft.Playwright;
using NUnit.Framework;

namespace LabRunner.Suites.S18_WebUi;

/// <content>What the pages save is there after a reboot, and is put back; and the page that updates the firmware.</content>
public sealed partial class WebUi
{
    // Of lamps, which a plug has none of: nothing behaves in another way.
    private const int HarmlessFlag = 1;

    // A plug has at most a handful of channels; nothing hangs on this one.
    private const string FreeChannel = "9";

    // The browser sends as fast as the plug takes; real plugs need about 6 s, a busy machine more.
    private static readonly TimeSpan UploadLimit = TimeSpan.FromMinutes(3);
    private static readonly TimeSpan BootLimit = TimeSpan.FromSeconds(60);

    [Test]
    public Task SavedSettings_AreThereAfterAReboot()
    {
        (string Page, Func<Task<Func<Task<string?>>?>> Save)[] all =
            [("name", SaveNameAsync), ("pins", SavePinsAsync), ("flags", SaveFlagAsync), ("mqtt", SaveMqttAsync), ("ip", SaveAddressAsync)];
        (string Page, Func<Task<Func<Task<string?>>?>> Save)[] asked = [.. all.Where(one => Parameters.Pages.Contains(one.Page))];
        return asked.Length > 0
            ? OnPageAsync(asked[0].Page, () => SaveAsync(asked))
            : throw new IgnoreException($"the plan asks for none of the pages {string.Join(", ", all.Select(one => one.Page))}");
    }

    private async Task SaveAsync((string Page, Func<Task<Func<Task<string?>>?>> Save)[] asked)
    {
        List<(string Page, Func<Task<string?>> Check)> saved = [];
        foreach ((string page, Func<Task<Func<Task<string?>>?>> save) in asked)
        {
            if (await IsThereAsync(page))
            {
                await Lab.SayAsync($"saving on page {page}");
                if (await save() is { } check)
                {
                    saved.Add((page, check));
                }
            }
        }

        if (saved.Count == 0)
        {
            Assert.Ignore($"the firmware has nothing to save on the pages {string.Join(", ", asked.Select(one => one.Page))}");
        }

        // MQTT is saved by a timer of 3 s.
        await Lab.DelayAsync(TimeSpan.FromSeconds(5));
        List<string> problems = Lab.Problems;
        foreach (string when in (string[])["before", "after"])
        {
            foreach ((string page, Func<Task<string?>> check) in saved)
            {
                TimeSpan at = Lab.Now;
                string? problem = await check();
                await Lab.TrialAsync("page-save", at, problem is null, Lab.Now - at, ("page", page), ("reboot", when), ("problem", problem ?? ""));
                problems.AddRange(problem is null ? [] : [$"{page}, {when} the reboot: {problem}"]);
            }

            if (when == "before")
            {
                await Lab.RebootAsync("what the pages saved must survive it");
            }
        }

        Assert.That(problems, Is.Empty, "A page does not show what it saved: " + string.Join("; ", problems));
    }

    /// <summary>The firmware that runs is sent once more, so that nothing but the counter of updates is another afterwards.</summary>
    [Test]
    public Task Ota_UploadsAFileAndRestarts() => OnPageAsync("ota", async () =>
    {
        FirmwareDescription own = await FirmwarePair.RequireRunningAsync(Lab);
        PlugState before = await PlugState.ReadAsync(Lab);
        int? counter = (await Lab.Plug.GetPageStateAsync(Lab.Token)).OtaCounter;
        OtaPage ota = await OpenUpdatesAsync();
        long uptime = (await Lab.Plug.GetInfoAsync(Lab.Token)).UptimeSeconds;
        TimeSpan at = Lab.Now;
        await using IntentScope intent = await Lab.IntentAsync(IntentKinds.Ota, $"update to {own.Version}, which runs already, by the page", ("version", own.Version));
        await Lab.SayAsync("updating by the page");
        int? status = await ota.UploadAsync(own.Path, UploadLimit);
        bool restarted = status == 200;
        if (restarted)
        {
            await Lab.NewBootAsync(at, uptime, BootLimit);
            await Lab.WaitUntilBootIsCompleteAsync();
        }

        int? counted = (await Lab.Plug.GetPageStateAsync(Lab.Token)).OtaCounter;
        List<string> problems = [.. before.Differences(await PlugState.ReadAsync(Lab))];
        if (!restarted)
        {
            problems.Add($"the upload was answered by {status?.ToString(CultureInfo.InvariantCulture) ?? "nothing"}");
        }
        else if (counter is { } was && counted != was + 1)
        {
            problems.Add($"the counter of updates went from {was} to {counted}");
        }

        await Lab.TrialAsync("page-update", at, problems.Count == 0, Lab.Now - at, ("version", own.Version), ("problems", string.Join("; ", problems)));
        Assert.That(problems, Is.Empty, $"Update to {own.Version} by the page: {string.Join("; ", problems)}");
    });

    // A build that says of itself that it has none has none to judge.
    private async Task<OtaPage> OpenUpdatesAsync()
    {
        OtaPage ota = new(Page);
        await ota.OpenAsync();
        if (await ota.RefusalAsync() is { } refusal)
        {
            Assert.Ignore($"the page of updates says: {refusal}");
        }

        return ota;
    }

    [Test]
    public Task Wifi_ShowsTheNetworkAndOffersAScan() => OnPageAsync("wifi", async () =>
    {
        await DemandPageAsync("wifi");
        WifiPage wifi = new(Page);
        await wifi.OpenAsync();
        await Assertions.Expect(wifi.Ssid).Not.ToHaveValueAsync("");
        await Assertions.Expect(wifi.Password).ToBeAttachedAsync();
        await Assertions.Expect(wifi.ScanButton).ToBeVisibleAsync();
    });

    [Test]
    public Task Ip_ShowsFourAddresses() => OnPageAsync("ip", async () =>
    {
        await DemandPageAsync("ip");
        IpPage ip = new(Page);
        await ip.OpenAsync();
        IReadOnlyDictionary<string, string> fields = await ip.FieldsAsync();
        Assert.That(fields, Has.Count.EqualTo(4), "Fields of the page: address, mask, gateway, DNS.");
        Assert.That(fields.Where(f => !System.Net.IPAddress.TryParse(f.Value, out _)).Select(f => $"{f.Key}: '{f.Value}'"), Is.Empty, "Fields that hold no address.");
    });

    [Test]
    public Task Name_ShowsWhatTheDeviceTells() => OnPageAsync("name", async () =>
    {
        await DemandPageAsync("name");
        NamesPage names = new(Page);
        await names.OpenAsync();
        await Assertions.Expect(names.ShortName).ToHaveValueAsync((await Lab.Plug.GetInfoAsync(Lab.Token)).ShortName);
        await Assertions.Expect(names.FullName).Not.ToHaveValueAsync("");
    });

    private async Task<bool> IsThereAsync(string name)
    {
        PlainPage page = new(Page, WebUiParameters.Paths[name]);
        return await page.OpenAsync() == 200 && !await page.IsMissingAsync();
    }

    private async Task DemandPageAsync(string name)
    {
        if (!await IsThereAsync(name))
        {
            Assert.Ignore($"this firmware has no page {WebUiParameters.Paths[name]}");
        }
    }

    private async Task<Func<Task<string?>>?> SaveNameAsync()
    {
        NamesPage names = new(Page);
        await names.OpenAsync();
        string before = await names.FullName.InputValueAsync();
        Lab.AtEnd(async token => await Lab.Plug.CommandAsync($"FriendlyName {before}", token));
        string name = $"LabRunner {Lab.Chance.Below(1_000_000)}";
        await names.SaveFullNameAsync(name);
        return async () =>
        {
            await names.OpenAsync();
            return Difference(await names.FullName.InputValueAsync(), name);
        };
    }

    /// <returns>Looks for what was saved; null: nothing was, since there is no button whose second channel could be another.</returns>
    private async Task<Func<Task<string?>>?> SavePinsAsync()
    {
        PinsPage pins = new(Page);
        await pins.OpenAsync();
        int gpio = Lab.SlotFacts.Board.ButtonGpio ?? -1;
        if (gpio < 0 || await pins.RoleAsync(gpio) is not "Btn")
        {
            // Nothing else on these boards can be changed without a change of what it does.
            return null;
        }

        string before = await pins.SecondChannelAsync(gpio);
        string wanted = before == FreeChannel ? "0" : FreeChannel;
        PlugPins told = await Lab.Plug.GetPinsAsync(Lab.Token);
        Lab.AtEnd(async token => await Lab.Plug.CommandAsync(string.Create(CultureInfo.InvariantCulture, $"SetPinChannel {gpio} {told.Channels[gpio]} {before}"), token));
        await pins.SaveSecondChannelAsync(gpio, wanted);
        return async () =>
        {
            await pins.OpenAsync();
            PlugPins now = await Lab.Plug.GetPinsAsync(Lab.Token);
            return Difference(await pins.SecondChannelAsync(gpio), wanted)
                ?? Difference(string.Join(' ', now.Roles), string.Join(' ', told.Roles)) ?? Difference(string.Join(' ', now.Channels), string.Join(' ', told.Channels));
        };
    }

    private async Task<Func<Task<string?>>?> SaveFlagAsync()
    {
        FlagsPage flags = new(Page);
        await flags.OpenAsync();
        ulong before = await flags.FlagsAsync();
        bool set = (before & (1UL << HarmlessFlag)) == 0;
        Lab.AtEnd(async token => await Lab.Plug.CommandAsync(string.Create(CultureInfo.InvariantCulture, $"SetFlag {HarmlessFlag} {(set ? 0 : 1)}"), token));
        await flags.SaveAsync(HarmlessFlag, set);
        string wanted = (before ^ (1UL << HarmlessFlag)).ToString(CultureInfo.InvariantCulture);
        return async () =>
        {
            await flags.OpenAsync();
            string told = (await Lab.Plug.GetInfoAsync(Lab.Token)).Flags;
            return Difference((await flags.FlagsAsync()).ToString(CultureInfo.InvariantCulture), wanted) ?? (told.Length > 0 ? Difference(told, wanted) : null);
        };
    }

    private async Task<Func<Task<string?>>?> SaveMqttAsync()
    {
        MqttPage mqtt = new(Page);
        await mqtt.OpenAsync();
        string before = await mqtt.Group.InputValueAsync();
        Lab.AtEnd(async token => await Lab.Plug.CommandAsync($"MqttGroup {before}", token));
        string group = $"labrunner{Lab.Chance.Below(1_000_000)}";
        await mqtt.SaveGroupAsync(group);
        return async () =>
        {
            await mqtt.OpenAsync();
            return Difference(await mqtt.Group.InputValueAsync(), group);
        };
    }

    // What is shown is saved as it is: another address would take the plug off the bench.
    private async Task<Func<Task<string?>>?> SaveAddressAsync()
    {
        IpPage ip = new(Page);
        await ip.OpenAsync();
        string before = Joined(await ip.FieldsAsync());
        await ip.SaveAsync();
        return async () =>
        {
            await ip.OpenAsync();
            return Difference(Joined(await ip.FieldsAsync()), before);
        };
    }

    private static string Joined(IReadOnlyDictionary<string, string> fields) => string.Join(' ', fields.Select(f => $"{f.Key} {f.Value}"));

    private static string? Difference(string shown, string wanted) => shown == wanted ? null : $"it shows '{shown}', saved was '{wanted}'";
}
