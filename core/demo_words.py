"""The words of the demo firm: names, places, and what people said, in Chinese and English. No code."""

# fmt: off
# ruff: noqa: E501, SIM905 - a table of sentences reads best one a line

FIRM = "栖木家居 Qimu Interiors"

#: Role, name, e-mail, language, team: the five who sign in.
CAST = (
    ("admin", "沈静宜", "jingyi@qimu.example.com", "zh", "门店 Studio"),
    ("manager", "Helen Marsh", "helen@qimu.example.com", "en", "销售 Sales"),
    ("member", "何一舟", "yizhou@qimu.example.com", "zh", "住宅 Homes"),
    ("member", "Tom Aldridge", "tom@qimu.example.com", "en", "商用 Projects"),
    ("read-only", "陆晴", "luqing@qimu.example.com", "zh", "门店 Studio"),
)
#: Team → the team that it is part of.
TEAMS = {"门店 Studio": "", "销售 Sales": "", "住宅 Homes": "销售 Sales", "商用 Projects": "销售 Sales"}

SURNAMES = (
    "王李张刘陈杨赵黄周吴徐孙胡朱高林何郭马罗梁宋郑谢韩唐冯于董萧程曹袁邓许傅沈曾彭吕苏卢蒋蔡贾丁魏薛叶阎余潘杜戴夏钟汪田任姜范方石姚谭廖邹熊金陆郝孔白崔康毛邱秦江史顾侯邵孟龙万段雷钱汤尹黎易常武乔贺赖龚文"
)
COMPOUND_SURNAMES = ("欧阳", "司马", "上官", "诸葛", "司徒")
#: First and second characters of given names.
GIVEN = {
    "f": ("晓思佳文雅梦欣玉若婉诗丽海可语秀慧春子雨明书亦沐", "梅雨怡静琴洁然兰溪清涵娟燕桐英敏霞萱彤颖雪芳琳宁"),
    "m": ("志建俊浩子明国振伟立文宇永思嘉少启承天景向家", "强国杰轩远栋华民新博航涛刚源树峰磊鹏勇晨川恒毅安"),
}
ENGLISH_GIVEN = {
    "f": "Amelia Beatrice Carla Diane Eleanor Fiona Grace Hannah Isla Joanna Katherine Leila Maria Nadia Olivia Rachel "
    "Sarah Tessa Ursula Yvonne",
    "m": "Adrian Benjamin Colin Daniel Edward Felix George Henry Ian James Kieran Liam Marcus Nathan Oliver Patrick Robert "
    "Simon Thomas Victor",
}
ENGLISH_FAMILY = (
    "Abbott Barlow Chandra Dawson Ellison Fletcher Grant Hughes Iversen Jensen Kaur Lambert Mercer Novak Osborne Palmer "
    "Quinn Reyes Schmidt Tanaka Underwood Vargas Whitfield Young Zeller Ashworth Bianchi Costa Delgado Eriksson"
)

#: City, region, postcode, districts and streets.
PLACES = {
    "zh": (
        ("上海市", "", "200031", ("徐汇区武康路", "静安区愚园路", "长宁区番禺路", "浦东新区锦绣路", "杨浦区大学路")),
        ("杭州市", "浙江省", "310013", ("西湖区龙井路", "滨江区江南大道", "拱墅区桥弄街")),
        ("苏州市", "江苏省", "215005", ("姑苏区平江路", "工业园区星湖街", "吴中区木渎镇山塘街")),
        ("南京市", "江苏省", "210008", ("鼓楼区颐和路", "秦淮区长乐路")),
        ("宁波市", "浙江省", "315010", ("海曙区中山西路", "鄞州区钱湖北路")),
    ),
    "en": (
        ("Shanghai", "", "200040", ("Yuyuan Road", "Anfu Road", "Wulumuqi Middle Road", "Jiashan Road")),
        ("Hong Kong", "", "", ("Hollywood Road", "Queen's Road West")),
        ("Singapore", "", "089848", ("Keong Saik Road", "Duxton Hill")),
        ("London", "", "E2 7DP", ("Columbia Road", "Redchurch Street")),
    ),
}
COUNTRY = {"zh": "中国", "Shanghai": "China", "Hong Kong": "Hong Kong", "Singapore": "Singapore", "London": "United Kingdom"}

#: Firms are `place + word + trade` in Chinese and `word + trade` in English. Trade → what the firm is to us.
FIRM_WORDS = {
    "zh": "云溪 青禾 半山 听雨 远帆 和光 初见 归园 南枝 木石 清欢 知白 朴素 长风 暖阳 四时 明月 松间 未来 一方 山海 千帆 星野 拾叶 观澜",
    "en": "Harbour Willow Lantern Copper Juniper Northside Riverbend Saltmarsh Foxglove Meridian Paper Cobalt Thistle Amber "
    "Orchard Stonebridge Larkspur Ember Driftwood Maple",
}
TRADES = {
    "zh": (
        ("酒店管理有限公司", "customer"),
        ("民宿", "customer"),
        ("咖啡馆", "customer"),
        ("餐饮有限公司", "customer"),
        ("律师事务所", "customer"),
        ("口腔门诊部", "customer"),
        ("书店", "customer"),
        ("幼儿园", "customer"),
        ("木业有限公司", "supplier"),
        ("五金有限公司", "supplier"),
        ("织物有限公司", "supplier"),
        ("物流有限公司", "supplier"),
        ("设计事务所", "partner"),
        ("建筑装饰工程有限公司", "partner"),
    ),
    "en": (
        ("Hotel", "customer"),
        ("Coffee Roasters", "customer"),
        ("Kitchen", "customer"),
        ("Clinic", "customer"),
        ("Bookshop", "customer"),
        ("Ventures", "customer"),
        ("Timber Co.", "supplier"),
        ("Lighting", "supplier"),
        ("Textiles", "supplier"),
        ("Architects", "partner"),
        ("Design Studio", "partner"),
    ),
}
JOBS = {
    "zh": ("总经理", "采购经理", "店长", "行政主管", "设计师", "项目经理", "财务", "合伙人", "运营总监"),
    "en": ("Managing Director", "Buyer", "Shop Manager", "Office Manager", "Designer", "Project Manager", "Partner"),
}
TAGS = {
    "customer": ("老客户", "Repeat buyer", "全屋定制", "Showroom", "转介绍", "Corporate", "软装"),
    "lead": ("Showroom", "小红书", "Website", "转介绍", "展会 2026", "新房"),
    "supplier": ("FSC 认证", "Reliable", "木材", "五金", "Textiles"),
    "partner": ("设计师渠道", "Referrals"),
}
SOURCES = {"zh": ("转介绍", "小红书", "门店", "家具展", "公众号"), "en": ("Referral", "Website", "Showroom", "Design fair")}
VIP = "VIP"

#: What fills the blanks of the sentences below.
PIECES = {
    "zh": ("白橡木餐桌", "胡桃木书柜", "榻榻米地台", "岛台吧椅", "整面衣柜", "黑胡桃床架", "实木鞋柜", "儿童高低床", "玄关长凳"),
    "en": (
        "oak dining table",
        "walnut bookcase",
        "window bench",
        "kitchen island stools",
        "fitted wardrobe",
        "walnut bed frame",
        "reception desk",
        "banquette seating",
    ),
}
ROOMS = {"zh": ("客厅", "主卧", "书房", "儿童房", "前台", "餐厅"), "en": ("living room", "bedroom", "study", "lobby", "dining room")}

#: Kind, direction, outcome, minutes, Chinese, English; a contact's history walks through them from the first to the last.
STORIES = {
    "customer": (
        ("message", "in", "", 0, "看了{room}的案例，想问{piece}大概什么价位。", "Saw our {room} photos and asks what the {piece} costs."),
        ("call", "out", "reached", 12, "聊了户型和预算，{room}先做，预算 {sum} 左右。", "Talked about the floor plan: the {room} first, budget about {sum}."),
        ("call", "out", "no-answer", 0, "没接，稍后再打。", "No answer, will try again later."),
        ("meeting", "", "reached", 60, "来门店看了样板，喜欢{piece}的手感，纠结颜色。", "Came to the showroom, liked the {piece}, cannot decide on the colour."),
        ("meeting", "", "reached", 90, "上门量尺，{room}有一根梁要避开，图纸已存。", "Measured on site: a beam in the {room} has to be worked around."),
        ("email", "out", "", 0, "发了报价单 {sum}，含安装，有效期 30 天。", "Sent the quote: {sum}, fitting included, valid for 30 days."),
        ("call", "in", "reached", 8, "问能不能分两期付款，答应了 60/40。", "Asked to pay in two parts; agreed on 60/40."),
        ("email", "in", "", 0, "合同已签回，定金到账。", "The signed contract is back and the deposit has arrived."),
        ("note", "", "", 0, "排产 {weeks} 周，{piece}用 A 级料。", "In production for {weeks} weeks, grade A wood for the {piece}."),
        ("meeting", "", "reached", 120, "送货安装完成，{room}的柜门调了两次，客户满意。", "Delivered and fitted; two doors in the {room} adjusted, customer happy."),
        ("message", "in", "", 0, "发来入住照片，同意我们用作案例。", "Sent photos of the finished {room}; we may use them."),
        ("call", "out", "reached", 6, "回访：{piece}没有问题，提醒半年上一次木蜡油。", "Follow-up: the {piece} is fine; reminded them to oil it twice a year."),
        ("note", "", "", 0, "介绍了一位朋友过来，记得送保养套装。", "Sent a friend our way; remember the care kit as a thank-you."),
    ),
    "lead": (
        ("message", "in", "", 0, "小红书私信，问{piece}能不能按尺寸做。", "Asked online whether the {piece} can be made to measure."),
        ("call", "out", "reached", 9, "新房明年交付，先了解，{room}和{piece}感兴趣。", "Moves in next year, only looking for now: {room}, {piece}."),
        ("email", "out", "", 0, "发了图册和{piece}的参考价。", "Sent the catalogue and a guide price for the {piece}."),
        ("call", "out", "left-message", 1, "电话转语音，留了言。", "Went to voicemail, left a message."),
        ("meeting", "", "reached", 45, "带家人来门店，主要看{room}，预算 {sum}。", "Came to the showroom with the family, mostly for the {room}; budget {sum}."),
        ("email", "out", "", 0, "发了初步方案和 {sum} 的估价。", "Sent a first design and an estimate of {sum}."),
    ),
    "supplier": (
        ("email", "out", "", 0, "询价：白橡 FAS 级 3 立方，要 FSC 证书。", "Asked for a price: 3 cubic metres of white oak, FSC certified."),
        ("email", "in", "", 0, "报价 {sum}，交期 {weeks} 周。", "Quoted {sum}, lead time {weeks} weeks."),
        ("call", "out", "reached", 7, "谈了账期，同意月结 45 天。", "Talked terms: 45 days, monthly."),
        ("note", "", "", 0, "到货两包含水率偏高，已拍照，要求换货。", "Two bundles arrived too wet; photos taken, asked for a replacement."),
        ("meeting", "", "reached", 75, "去仓库看料，新到一批黑胡桃不错。", "Visited the warehouse: the new walnut looks good."),
        ("email", "in", "", 0, "下季度价格上调 4%，十二月前下单按旧价。", "Prices go up 4% next quarter; orders before December at the old one."),
    ),
    "partner": (
        ("meeting", "", "reached", 60, "看了他们的新项目，{room}想用我们的{piece}。", "Saw their new project: they would like our {piece} in the {room}."),
        ("email", "out", "", 0, "发了设计师合作条款，返点 8%。", "Sent the designers' terms: 8% commission."),
        ("call", "in", "reached", 10, "介绍一位业主，下周带来门店。", "Has a client for us, brings them to the showroom next week."),
        ("note", "", "", 0, "合作案例照片可以互用，注明双方。", "We may both use the photos, naming each other."),
    ),
}

#: Next steps: Chinese, English.
NEXT_STEPS = (
    ("电话跟进报价", "Call about the quote"),
    ("确认量尺时间", "Agree a time to measure"),
    ("发送修改后的方案", "Send the revised design"),
    ("约来门店看样", "Invite to the showroom"),
    ("催收尾款", "Ask for the final payment"),
    ("确认送货日期", "Confirm the delivery date"),
    ("安装后回访", "Call after the fitting"),
    ("寄木样", "Post the wood samples"),
    ("核对图纸", "Check the drawings"),
)
PINNED = (
    ("工作日上午不接电话，发微信。", "Does not take calls before noon; send a message."),
    ("送货只能走后门，提前一天告诉保安。", "Deliveries by the back gate only; tell security the day before."),
    ("对油漆味敏感，只用木蜡油。", "Sensitive to paint: hard-wax oil only."),
    ("发票抬头和税号以合同为准。", "Invoices exactly as in the contract, tax number included."),
)

#: People and firms with a story of their own. `key` names them for RELATIONS; `about` is days ago and what happened.
#: Keys of a row: key, kind, name, org, job, lang, role, stage, owner (index of CAST), tags, note, birthday, gender, city.
CHARACTERS = (
    dict(key="hotel", kind="organisation", name="云栖里酒店", lang="zh", role="customer", stage="customer", owner=3,
         tags=(VIP, "Corporate"), website="https://yunqili.example.com", city=1,
         note="西湖边 42 间客房的精品酒店，一期大堂和餐厅由我们做，二期客房明年春天。"),
    dict(key="zhang", name="张伟", org="hotel", job="总经理", lang="zh", gender="m", role="customer", stage="customer", owner=3,
         tags=(VIP,), birthday="1979-03-12", wechat="zhangwei_yunqi", phones=2, city=1,
         note="决策快，看重交期。太太陈默也是我们的客户。"),
    dict(key="chen", name="陈默", lang="zh", gender="f", role="customer", stage="advocate", owner=2, tags=("老客户", "全屋定制"),
         birthday="1983-11-29", wechat="chenmo_home", city=1, note="张伟的太太，滨江的家全屋定制，转介绍过两位朋友。"),
    dict(key="buyer", name="林小满", org="hotel", job="采购经理", lang="zh", gender="f", role="customer", stage="customer", owner=3, city=1),
    dict(key="coffee", kind="organisation", name="Harbour Lane Coffee", lang="en", role="customer", stage="customer", owner=3,
         tags=("Repeat buyer",), website="https://harbourlane.example.com", city=0,
         note="Three cafés in Shanghai, a fourth is planned in Hangzhou. We build the counters and benches."),
    dict(key="emily", name="Emily Carter", org="coffee", job="Founder", lang="en", gender="f", role="customer", stage="advocate",
         owner=3, birthday="1988-06-04", tags=(VIP,), phones=2, wechat="emily_harbourlane", city=0),
    dict(key="school", kind="organisation", name="Little Sparrow Kindergarten", lang="en", role="lead", stage="opportunity",
         owner=1, tags=("Corporate",), city=0, note="Wants rounded edges everywhere and finishes safe for small children."),
    dict(key="priya", name="Priya Nair", org="school", job="Principal", lang="en", gender="f", role="lead", stage="opportunity", owner=1, city=0),
    dict(key="law", kind="organisation", name="衡石律师事务所", lang="zh", role="customer", stage="opportunity", owner=1, tags=("Corporate",),
         city=0, note="新办公室两层，会议室和前台家具。"),
    dict(key="ouyang", name="欧阳倩", org="law", job="合伙人", lang="zh", gender="f", role="customer", stage="opportunity", owner=1, city=0),
    dict(key="clinic", kind="organisation", name="安禾口腔门诊部", lang="zh", role="customer", stage="lapsed", owner=2, city=3),
    dict(key="oak", kind="organisation", name="恒木木业有限公司", lang="zh", role="supplier", owner=0, tags=("FSC 认证", "木材"),
         city=2, note="白橡和胡桃的主要供应商，月结 45 天。"),
    dict(key="gu", name="顾建国", org="oak", job="销售总监", lang="zh", gender="m", role="supplier", owner=0, phones=2, city=2),
    dict(key="light", kind="organisation", name="Nordlys Lighting", lang="en", role="supplier", owner=0, city=3,
         website="https://nordlys.example.com", tags=("Reliable",)),
    dict(key="ingrid", name="Ingrid Solberg", org="light", job="Export Manager", lang="en", gender="f", role="supplier", owner=0, city=3),
    dict(key="studio", kind="organisation", name="方圆设计事务所", lang="zh", role="partner", owner=1, tags=("设计师渠道",), city=0),
    dict(key="xu", name="许清和", org="studio", job="主创设计师", lang="zh", gender="f", role="partner", owner=1, tags=("设计师渠道",),
         wechat="xuqinghe_design", birthday="1990-09-18", city=0),
    dict(key="david", name="David Okafor", lang="en", gender="m", role="customer", stage="customer", owner=2, tags=("Showroom",), city=0,
         birthday="1985-12-02"),
    dict(key="shan", name="单小雨", lang="zh", gender="f", role="lead", stage="qualified", owner=2, tags=("小红书",), city=0),
    dict(key="qiu", name="仇若溪", lang="zh", gender="f", role="lead", stage="lead", owner=2, tags=("新房",), city=2),
    dict(key="liming", name="李明", lang="zh", gender="m", role="customer", stage="customer", owner=2, city=0, birthday="1976-01-30"),
    dict(key="liming2", name="李明", org="law", job="行政主管", lang="zh", gender="m", role="customer", stage="opportunity", owner=1, city=0),
    dict(key="wang", name="王秀兰", lang="zh", gender="f", role="customer", stage="advocate", owner=2, tags=("老客户",), city=0,
         birthday="1952-05-08", note="李明的母亲，腿脚不便，只能上门。"),
    dict(key="sophie", name="Sophie Laurent", lang="en", gender="f", role="lead", stage="qualified", owner=3, tags=("Website",), city=0),
)

#: source, kind, target, note.
RELATIONS = (
    ("chen", "family", "zhang", "夫妻"),
    ("wang", "family", "liming", "母子"),
    ("david", "introduced", "emily", ""),
    ("david", "friend", "sophie", ""),
    ("hotel", "introduced", "studio", "一期项目"),
    ("oak", "supplier", "studio", "样板木料"),
    ("buyer", "assistant", "zhang", ""),
    ("shan", "introduced", "chen", "小区邻居"),
    ("studio", "partner", "coffee", ""),
)

#: key, days ago, kind, direction, outcome, minutes, text, author (index of CAST).
EVENTS = (
    ("zhang", 168, "meeting", "", "reached", 90, "第一次见面，看了大堂现场。张总要求春节前开业，工期很紧。", 3),
    ("zhang", 150, "email", "out", "", 0, "大堂和餐厅方案第二版，总价 ¥486,000，分三期付款。", 3),
    ("zhang", 141, "call", "in", "reached", 18, "同意方案，要求接待台换成整块石材台面。", 3),
    ("zhang", 96, "meeting", "", "reached", 120, "一期安装完成，现场验收，留了两处补漆。", 3),
    ("zhang", 34, "call", "out", "reached", 22, "谈二期 42 间客房：床头板、写字台、行李架，希望先做两间样板房。", 3),
    ("zhang", 9, "email", "out", "", 0, "二期样板房报价 ¥62,800，附木样三种。", 3),
    ("zhang", 2, "call", "in", "reached", 14, "样板房定胡桃木，周五前要交期承诺。@何一舟 陈默家的柜子顺路一起送。", 3),
    ("chen", 120, "meeting", "", "reached", 80, "滨江的家量尺，厨房和儿童房先做。", 2),
    ("chen", 61, "message", "in", "", 0, "孩子很喜欢高低床，发了照片，可以做案例。", 2),
    ("chen", 5, "call", "in", "reached", 11, "想给书房加一面书柜，预算 ¥30,000。", 2),
    ("emily", 200, "meeting", "", "reached", 60, "Walked through the Anfu Road shop. Counter in oak, benches along the window.", 3),
    ("emily", 110, "note", "", "", 0, "Second shop opened on time. She sent cake for the whole workshop.", 3),
    ("emily", 20, "call", "in", "reached", 25, "A fourth café, in Hangzhou this time. Wants the same counter, 40 cm longer.", 3),
    ("emily", 3, "email", "out", "", 0, "Sent drawings for Hangzhou, revision B, and a quote of ¥128,000.", 3),
    ("priya", 44, "meeting", "", "reached", 70, "Visited the school. Cubbies for 96 children, all corners rounded, no visible screws.", 1),
    ("priya", 12, "email", "out", "", 0, "Sent the safety certificates for the oil and a quote for ¥214,000.", 1),
    ("priya", 1, "call", "out", "left-message", 1, "Left a message: the board meets this week.", 1),
    ("ouyang", 30, "meeting", "", "reached", 50, "看新办公室，两层共六间会议室，要求隔音。", 1),
    ("ouyang", 6, "email", "in", "", 0, "合伙人会议通过预算，下周签合同。", 1),
    ("gu", 75, "email", "in", "", 0, "白橡 FAS 级报价，含 FSC 证书，交期四周。", 0),
    ("gu", 15, "note", "", "", 0, "最近一批含水率 11%，比合同高，已要求换两包。", 0),
    ("ingrid", 26, "email", "in", "", 0, "Pendant lamps ship on the 3rd; one colour is out of stock until January.", 0),
    ("xu", 18, "meeting", "", "reached", 45, "介绍了两个别墅项目，业主都喜欢胡桃木。", 1),
    ("david", 8, "meeting", "", "reached", 40, "Fitted the bookcase. One shelf is 5 mm short; a new one comes on Thursday.", 2),
    ("shan", 4, "message", "in", "", 0, "陈默介绍来的，家里 89 平，想做榻榻米书房。", 2),
    ("liming", 40, "call", "out", "reached", 9, "餐桌桌面有一道细裂，答应免费修补。", 2),
    ("sophie", 7, "email", "in", "", 0, "Moving into a lane house in March, would like a fitted wardrobe and a window bench.", 3),
)

#: key, days from now (0 is today), what to do: hung on the last event of that contact.
STEPS = (
    ("zhang", 0, "给张总交期承诺"),
    ("chen", 1, "书柜方案发给陈默"),
    ("emily", -1, "Ask Emily about revision B"),
    ("priya", 0, "Call Priya before the board meets"),
    ("ouyang", 3, "准备合同"),
    ("gu", -3, "追换货进度"),
    ("david", 2, "New shelf for David"),
    ("shan", 0, "约单小雨来门店"),
    ("sophie", -2, "Send Sophie a first sketch"),
    ("ingrid", 6, "Confirm the lamp colours"),
    ("liming", -4, "约修补时间"),
    ("xu", 5, "返点对账"),
)

#: Hosts of private addresses, and area codes.
HOSTS = ("example.com", "example.net", "example.org")
AREA_CODES = {"上海市": "021", "杭州市": "0571", "苏州市": "0512", "南京市": "025", "宁波市": "0574", "Shanghai": "021"}
#: Two of these and a number are the password.
PASSWORD = "oak walnut birch cedar maple linen copper amber chisel dowel plane lathe mallet hinge".split()
