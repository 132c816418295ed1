using System.Globalization;
using System.Text;
using LabRunner.Hardware.Virtual.Plug.Firmware;
using LabRunner.Hardware.Virtual.Plug.Http;

namespace LabRunner.Hardware.Virtual.Plug.Pages;

/// <summary>/cfg_pins: form#x is built by script; the GET that sends it changes and saves the pins.</summary>
internal static class PinsPage
{
    // One row per GPIO: a select of sorted roles and two channel fields, shown as the role needs them.
    private const string Builder =
        "var sorted=roles.map((r,i)=>[r[0],i,r[1]]).sort((a,b)=>a[0].localeCompare(b[0]));"
        + "function fields(n,c){var a=getElement('r'+n),b=getElement('e'+n);a.disabled=c<1;a.style.display=c<1?'none':'inline';b.disabled=c<2;b.style.display=c<2?'none':'inline';}"
        + "function pin(label,n,role,ch,ch2){var row=document.createElement('div');row.className='hdiv';"
        + "row.innerHTML=\"<span class='disp-inline' style='min-width: 15ch'>\"+label+'</span>';getElement('x').appendChild(row);"
        + "var s=document.createElement('select');s.className='hele';s.name=n;"
        + "for(const [name,value] of sorted){var o=document.createElement('option');o.text=name;o.value=value;o.selected=value==role;s.add(o);}"
        + "s.onchange=()=>fields(n,roles[s.value][1]);row.appendChild(s);"
        + "for(const [p,v] of [['r',ch],['e',ch2]]){var i=document.createElement('input');i.className='hele';i.name=p+n;i.id=p+n;i.value=v;row.appendChild(i);}"
        + "fields(n,roles[role][1]);}";

    public static HttpReply Show(PlugFirmware firmware, HttpRequest request)
    {
        (int requests, int changed) = Apply(firmware, request);
        StringBuilder body = new("<p>The first field assigns a role to the given pin. The next field is used to enter channel index (relay index), used to support multiple relays and buttons.</p>");
        if (requests > 0)
        {
            body.Append(CultureInfo.InvariantCulture, $"Pins update - {requests} reqs, {changed} changed!<br><br>");
        }

        body.Append("<form action=\"cfg_pins\" id=\"x\"><script>var getElement=id=>document.getElementById(id),roles=[");
        body.AppendJoin(',', PinRoles.Names.Select((n, i) => string.Create(CultureInfo.InvariantCulture, $"[\"{n}\",{ChannelsOf((PinRole)i)}]")));
        body.Append("];").Append(Builder);
        for (int pin = 0; pin < firmware.Config.Roles.Length; pin++)
        {
            body.Append(CultureInfo.InvariantCulture, $"pin('P{pin} ',{pin},{(int)firmware.Config.Roles[pin]},{firmware.Config.Channels[pin]},{firmware.Config.Channels2[pin]});");
        }

        body.Append("</script><input type=\"submit\" value=\"Save\"/></form>");
        return Html.Page(firmware, "Pin config", body.ToString());
    }

    private static (int Requests, int Changed) Apply(PlugFirmware firmware, HttpRequest request)
    {
        int requests = 0;
        int changed = 0;
        foreach ((string name, string value) in request.Pairs())
        {
            bool second = name.StartsWith('e');
            bool channel = second || name.StartsWith('r');
            if (!int.TryParse(channel ? name[1..] : name, NumberStyles.None, CultureInfo.InvariantCulture, out int pin) || pin >= firmware.Config.Roles.Length)
            {
                continue;
            }

            _ = int.TryParse(value, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out int number);
            requests++;
            if (channel)
            {
                int[] channels = second ? firmware.Config.Channels2 : firmware.Config.Channels;
                changed += channels[pin] != number ? 1 : 0;
                channels[pin] = number;
            }
            else
            {
                PinRole role = number >= 0 && number < PinRoles.Names.Count ? (PinRole)number : PinRole.None;
                changed += firmware.Config.Roles[pin] != role ? 1 : 0;
                firmware.Config.Roles[pin] = role;
            }
        }

        if (changed > 0)
        {
            // This page saves at once, because badly set pins can stop the timer that would save later.
            firmware.MarkConfigChanged();
            firmware.Loop.SaveNow();
            firmware.Pins.Refresh();
        }

        return (requests, changed);
    }

    private static int ChannelsOf(PinRole role) => role switch
    {
        PinRole.None or PinRole.Sel or PinRole.SelInverted or PinRole.Cf or PinRole.Cf1 or PinRole.AlwaysHigh or PinRole.AlwaysLow => 0,
        PinRole.Btn or PinRole.BtnInverted => 2,
        _ => 1,
    };
}
